import path from 'node:path';
import { fileChunks, folderEntries } from '../disk.ts';
import type { Entry } from '../entry.ts';
import type { ClassEntry } from './class-entry.ts';

/** A file or folder on disk, read when it is asked for. */
export function diskEntry(
  folder: string,
  name: string,
  kind: ClassEntry['kind'],
  clone: boolean,
): ClassEntry {
  const place = path.join(folder, name);
  if (kind === 'folder') return { name, kind, clone, entries: (budget) => folderEntries(place, budget) };
  return {
    name,
    kind,
    clone,
    async *entries(budget, as = name): AsyncGenerator<Entry> {
      budget.entry();
      yield { name: as, kind: 'file', chunks: () => fileChunks(place, budget) };
    },
  };
}
