/** The schema of lab3.yaml for editors (JSON Schema, draft 7), from the same table that reads the file. */
import { childrenOf } from '../config.ts';
import { allowedOf, defaultOf, type Option, options } from '../options.ts';
import { sections } from './write.ts';

export type Schema = Readonly<Record<string, unknown>>;

/** As people write whole numbers: 500_000, 5e5. */
const number = '^[-+]?\\d[\\d_]*(\\.0*)?([eE]\\+?\\d{1,3})?$';

export function configSchema(): Schema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'lab3.yaml',
    description: 'Settings of the lab. What is left out has its default.',
    ...sectionSchema(''),
  };
}

function sectionSchema(path: string): Schema {
  const properties = childrenOf(path).map((name): [string, Schema] => {
    const inner = path === '' ? name : `${path}.${name}`;
    const option = options.get(inner);
    if (option !== undefined) return [name, optionSchema(option)];
    return [name, { description: sections[inner], ...sectionSchema(inner) }];
  });
  // A section or a value of which nothing but comments is left is empty, and that is allowed.
  return {
    type: ['object', 'null'],
    additionalProperties: false,
    properties: Object.fromEntries(properties),
  };
}

function optionSchema(option: Option): Schema {
  const standard = defaultOf(option);
  return {
    description: `${option.hint} Allowed: ${allowedOf(option)}.`,
    ...(standard === undefined ? {} : { default: standard }),
    anyOf: [...valueSchemas(option), { type: 'null' }],
  };
}

function valueSchemas(option: Option): Schema[] {
  switch (option.kind) {
    case 'integer':
      return [integer(option), { type: 'string', pattern: number }];
    case 'integers': {
      const one = [integer(option), { type: 'string' }];
      return [...one, { type: 'array', items: { anyOf: one } }];
    }
    case 'word':
      return [{ enum: option.words }];
    case 'words': {
      const list = `^\\s*(${option.words.join('|')})([\\s,]+(${option.words.join('|')}))*\\s*$`;
      return [
        { enum: option.words },
        { type: 'array', items: { enum: option.words }, minItems: 1, uniqueItems: true },
        { type: 'string', pattern: list },
      ];
    }
    case 'text':
      // YAML takes what looks like a number or a word of truth for one; the tool takes all as they are written.
      return [{ type: ['string', 'number', 'boolean'] }];
  }
}

const integer = ({ min, max }: { readonly min: number; readonly max: number }): Schema => ({
  type: 'integer',
  minimum: min,
  maximum: max,
});
