import type { CatalogueEntry } from '../errors.ts';

/** Faults of this computer that belong to no single part: disk, permissions, interruption. */
export const hostErrors = {
  Interrupted: {
    fault: 'interrupted',
    title: 'Interrupted',
    message: () => 'Stopped on request; nothing was left running.',
    hint: () => 'Run the same command again: what was downloaded and built so far is kept.',
  },
  DiskFull: {
    fault: 'computer',
    title: 'The disk is full',
    message: (p: { path: string; needed?: string }) =>
      `No space is left on the disk that holds ${p.path}${p.needed ? ` (about ${p.needed} is needed)` : ''}.`,
    hint: () =>
      'Free some space, or choose another disk with LAB3_CACHE=FOLDER; `lab3 clean` empties the cache.',
  },
  NotWritable: {
    fault: 'computer',
    title: 'A folder cannot be written',
    message: (p: { path: string; what: string }) => `${p.what} cannot be written: ${p.path}.`,
    hint: () => 'Choose a folder of your own with LAB3_CACHE=FOLDER, or mend the permissions.',
  },
} satisfies Record<string, CatalogueEntry>;
