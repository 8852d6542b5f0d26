/** Debian control data: paragraphs of fields, and the dependency fields in them (Policy Manual, 5.1 and 7.1). */
import type { VersionOperator } from './version.ts';

/** Field name in lower case → value; folded lines are joined by `\n`. */
export type Paragraph = ReadonlyMap<string, string>;

/** Reads every paragraph of a control file, an index or a deb822 source list. Lines that are none are skipped. */
export function parseParagraphs(text: string): Paragraph[] {
  const paragraphs: Paragraph[] = [];
  let current = new Map<string, string>();
  let field: string | undefined;
  const finish = () => {
    if (current.size > 0) paragraphs.push(current);
    current = new Map();
    field = undefined;
  };
  for (const raw of text.split('\n')) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (line.trim() === '') {
      finish();
    } else if (line.startsWith('#')) {
      // A comment may stand in the middle of a folded field.
    } else if (line[0] === ' ' || line[0] === '\t') {
      if (field !== undefined) current.set(field, `${current.get(field)}\n${line.trim()}`);
    } else {
      const colon = line.indexOf(':');
      field = colon > 0 ? line.slice(0, colon).toLowerCase() : undefined;
      if (field !== undefined) current.set(field, line.slice(colon + 1).trim());
    }
  }
  finish();
  return paragraphs;
}

/** One name that would do, with the version it must have. */
export interface Relation {
  readonly name: string;
  readonly operator?: VersionOperator;
  readonly version?: string;
}

const relation =
  /^([a-z0-9][a-z0-9+.-]*)(?::[a-z0-9-]+)? ?(?:\( ?(<<|<=|=|>=|>>|<|>) ?([^ )]+) ?\))? ?(?:\[[^\]]*\])? ?(?:<[^>]*> ?)*$/i;

/**
 * `a (>= 1), b | c:any` → `[[a], [b, c]]`: every group must be met, by any one of its members.
 * Relations that cannot be read are left out; a group without any is left out too.
 */
export function parseRelations(field: string | undefined): Relation[][] {
  const groups: Relation[][] = [];
  for (const group of (field ?? '').split(',')) {
    const members = group
      .split('|')
      .map((text) => relation.exec(text.replace(/\s+/g, ' ').trim()))
      .filter((match) => match !== null)
      .map(([, name = '', operator, version]) =>
        operator === undefined || version === undefined
          ? { name }
          : { name, operator: modern(operator), version },
      );
    if (members.length > 0) groups.push(members);
  }
  return groups;
}

/** `<` and `>` are old spellings of `<=` and `>=`. */
function modern(operator: string): VersionOperator {
  if (operator === '<') return '<=';
  if (operator === '>') return '>=';
  return operator as VersionOperator;
}

export function formatRelations(group: readonly Relation[]): string {
  return group.map((r) => (r.version ? `${r.name} (${r.operator} ${r.version})` : r.name)).join(' | ');
}
