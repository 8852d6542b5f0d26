import type { Naming } from './class-entry.ts';

/**
 * `lastfirst_[LATE_]userid_submissionid_name.zip`: each file that was attached, under the student's name in small
 * letters without spaces. Files of one student are parts of one attempt: Canvas gives the last alone.
 */
export function canvasNaming(name: string): Naming | undefined {
  const pattern = /^([^/]+?)_(LATE_)?(\d{1,20})_(\d{2,20})_(.+)$/s;
  const [, person, late, user, , file] = pattern.exec(name) ?? [];
  if (person === undefined || user === undefined || file === undefined) return undefined;
  return {
    group: `canvas:${user}`,
    people: [{ name: person, identities: { canvas_id: user } }],
    file,
    ...(late === undefined ? {} : { isLate: true as const, notes: ['Canvas marked it as late.'] }),
  };
}
