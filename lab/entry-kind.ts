/** What an entry of a folder is, by what Node says of it. */
export type EntryKind = 'file' | 'folder' | 'link' | 'special';

interface Answers {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

/**
 * Windows lists every reparse point as a link, and each file that OneDrive keeps is one: libuv's `uv_fs_scandir` goes by
 * the attribute alone. `lstat` reads which it is.
 */
export async function entryKind(entry: Answers, lstat: () => Promise<Answers>): Promise<EntryKind> {
  const what = entry.isSymbolicLink() ? await lstat().catch(() => entry) : entry;
  if (what.isFile()) return 'file';
  if (what.isDirectory()) return 'folder';
  return what.isSymbolicLink() ? 'link' : 'special';
}
