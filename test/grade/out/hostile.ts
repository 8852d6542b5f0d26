/** Marks of students who write what they should not, and any marks at all. */
import fc from 'fast-check';
import type { GradeDetail, Grades, StudentResult } from '../../../grade/document.ts';
import { checkNames, statuses, visibilities } from '../../../grade/names.ts';
import { hostileText, hostileTexts } from '../../report/hostile.ts';
import { gradesFrame, sampleStudent } from './sample.ts';

/** Everything that a student can write is hostile. */
export function hostileGrades(): Grades {
  const nasty = (at: number) => hostileTexts[at % hostileTexts.length] ?? '';
  const students = hostileTexts.map((text, at): StudentResult => {
    const student = sampleStudent(at + 1000);
    return {
      ...student,
      name: text,
      identities: {
        ...student.identities,
        login: nasty(at + 1),
        [nasty(at + 2).slice(0, 30)]: nasty(at + 3),
      },
      submission: {
        source: text,
        others: [nasty(at + 4)],
        sha256: 'd'.repeat(64),
        files: [nasty(at + 5)],
        notes: [nasty(at + 6)],
        modules: [
          { name: nasty(at + 7), files: [text], roles: [], parameters: { n_threads: nasty(at + 8) } },
        ],
      },
      criteria: student.criteria.map((each, place) => ({
        ...each,
        status: (['fail', 'pass', 'review'] as const)[place % 3] ?? 'fail',
        what: nasty(at + place),
        hint: nasty(at + place + 1),
        details: [
          {
            case: nasty(at + place + 2),
            visibility: 'visible',
            status: 'fail',
            what: nasty(at + place + 3),
            parameters: { [nasty(at + place + 4)]: nasty(at + place + 5) },
            places: [{ file: text, line: 1, function: nasty(at + place + 6), text: nasty(at + place + 7) }],
            raw: hostileTexts.join('\n'),
          },
        ],
      })),
      reviews: [nasty(at + 9)],
    };
  });
  return { ...gradesFrame, students, unmatched: hostileTexts.map((text) => ({ source: text, why: text })) };
}

const points = fc.integer({ min: 0, max: 20_000 }).map((thousandths) => thousandths / 1000);
const key = fc.stringMatching(/^[a-z0-9]([a-z0-9._-]{0,12}[a-z0-9_-])?$/);

const detail: fc.Arbitrary<GradeDetail> = fc.record(
  {
    case: hostileText,
    visibility: fc.constantFrom(...visibilities),
    status: fc.constantFrom(...statuses),
    what: hostileText,
    parameters: fc.dictionary(hostileText, hostileText, { maxKeys: 3, noNullPrototype: true }),
    vcpus: fc.integer({ min: 1, max: 64 }),
    places: fc.array(
      fc.record(
        {
          file: hostileText,
          line: fc.integer({ min: 1, max: 9999 }),
          function: hostileText,
          text: hostileText,
        },
        { requiredKeys: ['file', 'line'] },
      ),
      { maxLength: 2 },
    ),
    raw: hostileText,
  },
  { requiredKeys: ['visibility', 'status', 'what'] },
) as fc.Arbitrary<GradeDetail>;

/** Any document that the schema allows, of students that have every criterion. */
export const gradesArbitrary: fc.Arbitrary<Grades> = fc
  .uniqueArray(
    fc.record({
      id: fc.stringMatching(/^[a-z][a-z0-9-]{0,9}$/),
      title: hostileText,
      points,
      check: fc.constantFrom(...checkNames),
      visibility: fc.constantFrom(...visibilities),
    }),
    { minLength: 1, maxLength: 4, selector: ({ id }) => id },
  )
  .chain((criteria) =>
    fc
      .uniqueArray(studentArbitrary(criteria), { maxLength: 5, selector: (student) => student.key })
      .map((students) => ({
        ...gradesFrame,
        criteria,
        students: students.sort((a, b) => (a.key < b.key ? -1 : 1)),
      })),
  );

function studentArbitrary(criteria: Grades['criteria']): fc.Arbitrary<StudentResult> {
  return fc.record({
    key,
    name: hostileText,
    identities: fc.dictionary(hostileText, hostileText, { maxKeys: 3, noNullPrototype: true }),
    onRoster: fc.boolean(),
    status: fc.constantFrom('graded' as const, 'review' as const, 'error' as const, 'not_submitted' as const),
    raw: fc.option(points),
    penalty: points,
    final: fc.option(points),
    provisional: points,
    criteria: fc.tuple(
      ...criteria.map(({ id }) =>
        fc
          .record({
            status: fc.constantFrom(...statuses),
            earned: fc.option(points),
            what: hostileText,
            details: fc.array(detail, { maxLength: 3 }),
          })
          .map((rest) => ({ id, ...rest })),
      ),
    ),
    reviews: fc.array(hostileText, { maxLength: 2 }),
  });
}
