/** The document of a class: its marks, what they rest on, and who wrote alike. */
import type { Kernel } from '../../provision/kernel/kernel.ts';
import { type Grades, gradesSchemaName, type StudentResult } from '../document.ts';
import type { Intake } from '../intake/submission.ts';
import { mostPairs, pairName } from '../out/class/lists.ts';
import type { Rubric } from '../rubric/rubric.ts';
import type { Seed } from '../rubric/seed.ts';
import { noTimesRemark } from '../score/late.ts';
import { findSimilar } from '../similar/find-similar.ts';
import { similarPage } from '../similar/page.ts';

export interface ClassParts {
  readonly rubric: Rubric;
  readonly rubricSha256: string;
  readonly seed: Seed;
  readonly stock: Kernel;
  readonly checked: Kernel | undefined;
  readonly tool: string;
  readonly students: readonly StudentResult[];
  readonly intake: Intake;
  /** Sources that everybody was given. */
  readonly template: ReadonlyMap<string, Uint8Array>;
}

/** @returns `pages`: what makes the HTML of the pairs that class.html lists, side by side, by `A--B` */
export function describeClass(parts: ClassParts): { grades: Grades; pages: Map<string, () => string> } {
  const { rubric, stock, checked, intake } = parts;
  const { title, points, due, timeZone } = rubric.assignment;
  const handed = intake.candidates.flatMap(({ key, name, submission }) =>
    submission === undefined ? [] : [{ key, name, files: submission.files }],
  );
  const similar = findSimilar(handed, parts.template);
  const pages = new Map<string, () => string>();
  for (const { a, b } of similar.slice(0, mostPairs)) {
    const name = pairName(a, b);
    const [one, other] = [a, b].map((key) => handed.find((found) => found.key === key));
    if (name !== undefined && one !== undefined && other !== undefined)
      pages.set(name, () => similarPage(one, other, parts.template));
  }
  const graded = new Set(parts.students.map(({ key }) => key));
  const noTimes = noTimesRemark(
    rubric,
    intake.candidates.filter(({ key }) => graded.has(key)),
  );
  const grades: Grades = {
    schema: gradesSchemaName,
    tool: parts.tool,
    assignment: { title, points, ...(due === undefined ? {} : { due }), timeZone },
    rubric: { sha256: parts.rubricSha256 },
    kernel: {
      release: stock.release,
      version: stock.version,
      ...(checked === undefined ? {} : { checked: checked.release }),
    },
    seedSha256: parts.seed.sha256,
    criteria: rubric.criteria.map(({ id, title: named, points: worth, check, visibility }) => ({
      id,
      title: named,
      points: worth,
      check,
      visibility,
    })),
    students: [...parts.students],
    similar,
    unmatched: [...intake.unmatched],
    ...(noTimes === undefined ? {} : { remarks: [noTimes] }),
  };
  return { grades, pages };
}
