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
  FileInUse: {
    fault: 'computer',
    title: 'A file is in use',
    message: (p: { path: string; code: string }) =>
      `${p.path} cannot be replaced or removed (${p.code}): another program has it open, or it is protected.`,
    hint: () =>
      'Close the program that has it open (an editor, a virus scanner, another lab3), then run the same command again.',
  },
  NetworkFailed: {
    fault: 'computer',
    title: 'The network does not answer',
    message: (p: { what: string; problem: string }) => `${p.what}: ${p.problem}.`,
    hint: () =>
      'Check the connection (and HTTPS_PROXY, if there is a proxy) and run the same command again: what was downloaded is kept.',
  },
  OutOfMemory: {
    fault: 'computer',
    title: 'This computer has too little memory left',
    message: (p: { problem: string }) => `The system refused to give more memory: ${p.problem}.`,
    hint: () => 'Close other programs, or give the virtual machine less with --memory 128.',
  },
  TooManyOpenFiles: {
    fault: 'computer',
    title: 'Too many files are open',
    message: (p: { problem: string }) => `The system refused to open another file: ${p.problem}.`,
    hint: () => 'Raise the limit (`ulimit -n 4096`) and run the same command again.',
  },
  InstallationDamaged: {
    fault: 'computer',
    title: 'A part of lab3 itself is missing',
    message: (p: { problem: string }) => `The installation is not whole: ${p.problem}.`,
    hint: () => 'Run `npm install` in the folder of lab3 once more.',
  },
} satisfies Record<string, CatalogueEntry>;
