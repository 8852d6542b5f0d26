/** Whether a class was graded as its submissions say that it must be. */
import type { Grades, StudentResult } from '../../../grade/document.ts';
import type { ClassSubmission } from './expected.ts';

/** What is not as it should be, in words; empty where all is. */
export function judgeStudent(
  submission: ClassSubmission,
  student: StudentResult | undefined,
  feedback: string,
): string[] {
  const { name, statuses, says, review } = submission;
  if (student === undefined) return [`${name} is not among the students`];
  const problems: string[] = [];
  for (const { id, status } of student.criteria) {
    const wanted = statuses[id as keyof typeof statuses];
    const allowed = wanted === undefined ? undefined : [wanted].flat();
    if (allowed === undefined ? status === 'error' : !allowed.some((one) => one === status))
      problems.push(`${name}: ${id} is ${status}, not ${allowed?.join(' or ') ?? 'anything else'}`);
  }
  if (review !== undefined && (student.status === 'review') !== review)
    problems.push(
      `${name} ${review ? 'must' : 'need not'} be looked at by a person, and is ${student.status}`,
    );
  for (const [id, wanted] of Object.entries(says)) {
    const text = id === 'submission' ? allWords(student, feedback) : wordsOf(student, id);
    for (const words of wanted)
      if (![words].flat().some((word) => text.toLowerCase().includes(word.toLowerCase())))
        problems.push(
          `${name}: ${id} does not say “${[words].flat().join('” or “')}”: ${text.slice(0, 300)}`,
        );
  }
  for (const text of submission.never)
    if (feedback.includes(text)) problems.push(`${name}: the feedback has ${JSON.stringify(text)} as it is`);
  return problems;
}

function wordsOf({ criteria }: StudentResult, id: string): string {
  const found = criteria.find((one) => one.id === id);
  const details = (found?.details ?? []).flatMap(({ what, raw, places }) => [
    what,
    raw ?? '',
    ...(places ?? []).map(({ file, line }) => `${file}:${line}`),
  ]);
  return [found?.what, found?.hint, ...details].join('\n');
}

const allWords = (student: StudentResult, feedback: string) =>
  [
    feedback,
    ...(student.submission?.notes ?? []),
    ...student.reviews,
    ...student.criteria.map(({ id }) => wordsOf(student, id)),
  ].join('\n');

/** By what was handed in; who handed in nothing by the name. */
export function studentOf(
  grades: Grades,
  submission: ClassSubmission,
  source: string | undefined,
): StudentResult | undefined {
  return grades.students.find((student) =>
    source === undefined
      ? student.name === submission.student
      : [student.submission?.source, ...(student.submission?.others ?? [])].includes(source),
  );
}
