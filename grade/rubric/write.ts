/** A new rubric with every setting explained, and what an editor needs to help with one. */
import { layout } from './layout.ts';
import type { JsonSchema } from './shape.ts';

const heading = `# The rubric of a class: \`lab3 grade FOLDER --rubric THIS\`. What is deleted here gets its default.
# \`lab3 grade --check-rubric THIS\` says every mistake with its line.
`;

/** Holds the defaults of this exercise; read again it is the very same as an empty one. */
export function newRubric(): string {
  if (layout.standard === undefined) throw new TypeError('every setting of a rubric has a default');
  const lines = layout.write(layout.standard);
  // A line between the sections: each begins with its comment in the first column.
  const spaced = (typeof lines === 'string' ? [lines] : lines).flatMap((line, at, all) =>
    line.startsWith('#') && !(all[at - 1] ?? '#').startsWith('#') ? ['', line] : [line],
  );
  return `${heading}\n${spaced.join('\n')}\n`;
}

/** JSON schema, draft 2020-12, of the rubric as YAML. */
export function rubricSchema(): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'lab3 rubric',
    ...layout.schema,
  };
}
