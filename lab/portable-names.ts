/** Names of files that every file system holds: what is written on Linux is read, zipped and marked on Windows. */

/** Windows keeps these for devices, whatever follows the dot. */
const device = /^(?:aux|con|conin\$|conout\$|nul|prn|com[\d¹²³]|lpt[\d¹²³])(?=\.|$)/i;

/** Whether Windows takes a file of this name for a device of its own. */
export const isDeviceName = (name: string): boolean => device.test(name.replace(/[ .]+$/, ''));

/**
 * Paths with `/`, as they can be kept side by side anywhere: no device (`aux.c`), no dot or space at the end, no letter that
 * Windows reads as something else, no two that differ in case alone (`Lab.c`, `lab.c`: Windows and macOS take the second
 * for the first). Most stay as they are.
 *
 * @returns each path's own, in the order given
 */
export function portablePaths(paths: Iterable<string>): Map<string, string> {
  const taken = new Set<string>();
  const found = new Map<string, string>();
  for (const path of paths) {
    const parts = path.split('/').map(portableName);
    const name = parts.pop() ?? '';
    const folder = parts.map((part) => `${part}/`).join('');
    const dot = name.lastIndexOf('.');
    const stem = dot > 0 ? name.slice(0, dot) : name;
    let tried = `${folder}${name}`;
    for (let number = 2; taken.has(folded(tried)); number += 1)
      tried = `${folder}${stem}_${number}${name.slice(stem.length)}`;
    taken.add(folded(tried));
    found.set(path, tried);
  }
  return found;
}

function portableName(name: string): string {
  const plain = name.replace(/[<>:"|?*\\]/g, '_').replace(/[ .]+$/, (end) => '_'.repeat(end.length));
  return plain.replace(device, (word) => `${word}_`);
}

/** macOS also takes composed and decomposed letters for the same. */
const folded = (text: string): string => text.normalize('NFC').toLowerCase();
