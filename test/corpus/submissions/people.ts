/** Under which names the submissions of the class come, and who is on its roster. */
import { crc32 } from 'node:zlib';
import type { ClassSubmission } from './expected.ts';

export interface Person {
  readonly name: string;
  readonly email: string;
  readonly login: string;
  /** As Moodle's worksheet has it: `Participant 17`. */
  readonly id: string;
}

export function personOf({ name, student }: Pick<ClassSubmission, 'name' | 'student'>): Person {
  const login = name.replaceAll('_', '-');
  return {
    name: student,
    email: `${login}@students.example`,
    login,
    // Stays the same when others join the class.
    id: `Participant ${1_000_000 + (crc32(name) % 1_000_000)}`,
  };
}

/**
 * The entry's name in the folder of the class.
 * @param extension with its point; '' for a folder
 */
export function sourceOf(
  submission: Pick<ClassSubmission, 'name' | 'student' | 'handed'>,
  extension: string,
): string {
  const { name, login, id } = personOf(submission);
  switch (submission.handed.via) {
    case 'moodle':
      return `${name}_${id.replace(/\D/g, '')}_assignsubmission_file_`;
    case 'github':
      return `lab3-${login}`;
    case 'plain':
      return `${login}${extension}`;
  }
}

export function rosterOf(submissions: readonly ClassSubmission[]): string {
  const people = submissions.filter(({ handed }) => handed.onRoster).map(personOf);
  const columns = ['name', 'email', 'login', 'id'] as const;
  const lines = people.map((person) => columns.map((column) => quoted(person[column])).join(','));
  return `${[columns.join(','), ...lines].join('\r\n')}\r\n`;
}

const quoted = (field: string) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field);
