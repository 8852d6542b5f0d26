/**
 * One student's `results.json` for Gradescope's autograder
 * (gradescope-autograders.readthedocs.io, Autograder Specifications: “Output format”, “Controlling Test Case Visibility”).
 * There a single hidden test hides the total, so details that are stricter than their criterion are counted in it and
 * never become tests of their own.
 */
import { visible, visibleLine } from '../../../report/text.ts';
import type { CriterionResult, GradeDetail, Grades, StudentResult } from '../../document.ts';
import { type Visibility, visibilities } from '../../names.ts';
import { seenCriterion } from '../visibility.ts';
import { delayText, pointsText, statusWords } from '../words.ts';

interface GradescopeTest {
  readonly name: string;
  readonly number: string;
  readonly score?: number;
  readonly max_score: number;
  readonly status?: 'passed' | 'failed';
  readonly output: string;
  readonly visibility: Visibility;
}

/** Nothing for a student whose mark this computer could not find out: Gradescope wants a score, and 0 would be wrong. */
export function gradescopeResults(grades: Grades, student: StudentResult): string | undefined {
  if (student.status === 'error') return undefined;
  const results = {
    score: round(student.status === 'review' ? student.provisional : (student.final ?? student.provisional)),
    output: summary(grades, student),
    output_format: 'text',
    test_output_format: 'text',
    test_name_format: 'text',
    visibility: 'visible',
    stdout_visibility: 'hidden',
    tests: grades.criteria.flatMap((criterion, at): GradescopeTest[] => {
      const result = student.criteria.find(({ id }) => id === criterion.id);
      return result === undefined ? [] : [test(criterion, result, at + 1)];
    }),
  };
  return `${JSON.stringify(results, null, 2)}\n`;
}

function test(
  { title, points, visibility }: Grades['criteria'][number],
  result: CriterionResult,
  number: number,
): GradescopeTest {
  const seen = seenCriterion(
    result,
    title,
    points,
    (detail) => strictness(detail.visibility) <= strictness(visibility),
  );
  const lines = [
    `${statusWords[result.status]}${seen.what === undefined ? '' : `: ${visibleLine(seen.what)}`}`,
    ...(seen.hint === undefined ? [] : [`What to do: ${visibleLine(seen.hint)}`]),
    ...seen.details.flatMap(detailLines),
    ...(seen.hidden === 0 ? [] : [`${seen.hidden} more, not shown.`]),
  ];
  return {
    name: visibleLine(title),
    number: String(number),
    ...(result.earned !== null && { score: round(result.earned) }),
    max_score: round(points),
    ...statusOf(result),
    output: lines.join('\n'),
    visibility,
  };
}

/** Without one, Gradescope compares the score with its maximum; what is open is neither. */
function statusOf({ status }: CriterionResult): Pick<GradescopeTest, 'status'> {
  if (status === 'pass') return { status: 'passed' };
  return ['fail', 'partial', 'skipped', 'not_submitted'].includes(status) ? { status: 'failed' } : {};
}

const mostDetails = 40;
const mostCharacters = 2000;

function detailLines(
  { case: name, status, what, parameters, vcpus, places }: GradeDetail,
  at: number,
): string[] {
  if (at === mostDetails) return ['…'];
  if (at > mostDetails) return [];
  const pairs = Object.entries(parameters ?? {}).map(([key, value]) => `${key}=${value}`);
  const setting = [...pairs, ...(vcpus === undefined ? [] : [`on ${vcpus} vCPUs`])].join(' ');
  const tried = setting === '' ? '' : ` (${visibleLine(setting)})`;
  return [
    `- ${name === undefined ? '' : `${visibleLine(name)}, `}${statusWords[status]}${tried}: ${cut(visibleLine(what))}`,
    ...(places ?? []).map(
      (place) =>
        `    ${visibleLine(place.file)}:${place.line}${place.text === undefined ? '' : `: ${cut(visible(place.text).trim())}`}`,
    ),
  ];
}

const cut = (text: string) => (text.length <= mostCharacters ? text : `${text.slice(0, mostCharacters)} …`);

function summary({ assignment, criteria }: Grades, student: StudentResult): string {
  const { status, raw, penalty, late, submission } = student;
  // Whoever sees the sum and the other criteria reads a hidden one from them.
  const isWhole = criteria.every(({ visibility }) => visibility === 'visible');
  return [
    ...(status === 'not_submitted' ? ['Nothing was handed in.'] : []),
    ...(status === 'review' ? ['The mark is not final: a person will look at it.'] : []),
    ...(!isWhole && late !== undefined ? [`It was handed in ${delayText(late.seconds)} late.`] : []),
    ...(isWhole && penalty > 0 && raw !== null
      ? [
          `${pointsText(raw)} of ${pointsText(assignment.points)} points were earned; ${pointsText(penalty)} are taken off${late === undefined ? '' : `: ${delayText(late.seconds)} late`}.`,
        ]
      : []),
    ...(submission?.notes ?? []).map(visibleLine),
  ].join('\n');
}

const strictness = (visibility: Visibility): number => visibilities.indexOf(visibility);
const round = (points: number): number => Number(pointsText(points));
