/** `results.json`: the document as bytes, the same for the same marks, and read again. */
import { labError } from '../../lab/errors.ts';
import { quote } from '../../lab/options.ts';
import { type Grades, gradesSchema, gradesSchemaName } from '../document.ts';

/** The order in which everything is written: keys as in the schema, names of records by code unit. */
export function ordered(grades: Grades): Grades {
  const document = gradesSchema.parse(grades);
  return {
    ...document,
    students: document.students.map((student) => ({
      ...student,
      identities: sorted(student.identities),
      ...(student.submission && {
        submission: {
          ...student.submission,
          modules: student.submission.modules.map((module) => ({
            ...module,
            parameters: sorted(module.parameters),
          })),
        },
      }),
      criteria: student.criteria.map((criterion) => ({
        ...criterion,
        details: criterion.details.map((detail) => ({
          ...detail,
          ...(detail.parameters && { parameters: sorted(detail.parameters) }),
        })),
      })),
    })),
  };
}

const sorted = (record: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));

export function gradesBytes(grades: Grades): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(ordered(grades), null, 2)}\n`);
}

/** Throws `GradesInvalid` or `GradesTooNew`: the file may be of another version, or changed by hand. */
export function parseGrades(json: unknown, fileName: string): Grades {
  const schema = typeof json === 'object' && json !== null && 'schema' in json ? json.schema : undefined;
  const version = typeof schema === 'string' ? /^lab3\.grades\/(\d{1,9})$/.exec(schema)?.[1] : undefined;
  if (version !== undefined && Number(version) > 1)
    throw labError('GradesTooNew', {
      file: fileName,
      schema: quote(String(schema)),
      known: gradesSchemaName,
    });
  const answer = gradesSchema.safeParse(json);
  if (answer.success) return answer.data;
  const [issue] = answer.error.issues;
  const path = (issue?.path ?? []).map(String).join('.');
  const problem = (issue?.message ?? 'no marks').replace(/^Invalid input: /, '');
  throw labError(
    'GradesInvalid',
    { file: fileName, path: path === '' ? 'the document' : path, problem },
    { cause: answer.error },
  );
}
