import type { Naming } from './class-entry.ts';

/**
 * `Full Name_ID_assignsubmission_file_`, a folder or, where files were downloaded without folders, the beginning of a
 * file's name. ID is the one of the grading worksheet: `Participant ID`. Online text comes in a folder of its own.
 */
export function moodleNaming(name: string): Naming | undefined {
  const [, person, id, file] =
    /^(.+?)_(\d{1,20})_assignsubmission_(?:file|onlinetext)(?:_(.*))?$/s.exec(name) ?? [];
  if (person === undefined || id === undefined) return undefined;
  return {
    group: `moodle:${id}`,
    people: [{ name: person.trim(), identities: { moodle_id: id } }],
    ...(file ? { file } : {}),
  };
}
