/** Which of a rubric's formats a module's output has. */
import { readLines } from '../../lab/console/line.ts';
import type { Patterns } from '../../lab/outcome.ts';
import { readTemplate, type TemplateKind } from '../../lab/template.ts';
import type { GradeSettings } from './request.ts';

/** Of each kind the first that a line has the form of; kinds without one are left to the lines' looks. */
export function patternsFor(text: string, alternatives: GradeSettings['patterns']): Patterns {
  const kinds = Object.entries(alternatives) as [TemplateKind, readonly string[]][];
  if (kinds.every(([, sources]) => sources.length === 0)) return {};
  const lines = readLines(text).map((line) => line.text);
  const found: Partial<Record<TemplateKind, string>> = {};
  for (const [kind, sources] of kinds) {
    const fitting = sources.find((source) => {
      const template = readTemplate(kind, source);
      return 'match' in template && lines.some((line) => template.match(line) !== undefined);
    });
    if (fitting !== undefined) found[kind] = fitting;
  }
  return found;
}
