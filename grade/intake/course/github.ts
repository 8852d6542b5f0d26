/** GitHub Classroom: one clone for each student, `assignment-login`. */

/**
 * The name of the assignment, with its `-`, that all clones begin with: as the folder of a download is called
 * (`lab3-submissions`), else what they have in common. `''` for a single clone that nothing tells about.
 */
export function assignmentPrefix(clones: readonly string[], folder: string): string {
  const told = `${folder.replace(/-submissions$/, '')}-`;
  if (folder.endsWith('-submissions') && clones.every((name) => name.startsWith(told))) return told;
  const [first = '', ...others] = clones;
  if (others.length === 0) return '';
  let shared = first;
  for (const name of others) while (!name.startsWith(shared)) shared = shared.slice(0, -1);
  const prefix = shared.slice(0, shared.lastIndexOf('-') + 1);
  // A student whose login is what the others' begin with would be left without a name.
  return clones.every((name) => name.length > prefix.length) ? prefix : '';
}
