import type { CatalogueEntry } from '../errors.ts';

/** Faults around the checked kernels: building one, handing one on, taking one in. */
export const kernelErrors = {
  CheckedKernelMissing: {
    fault: 'computer',
    title: 'The checked kernel is not here yet',
    message: (p: { kind: string; version: string; arch: string; minutes: number }) =>
      `There is no ${p.kind} kernel of Linux ${p.version} for ${p.arch} in the cache. Building one takes about ${p.minutes} minutes here, once.`,
    hint: (p: { kind: string }) =>
      `Build it: \`lab3 kernel build --kind ${p.kind}\`; or take the file that your instructor built: \`lab3 kernel import FILE\`.`,
  },
  NoKernelBuilder: {
    fault: 'computer',
    title: 'Nothing here can build a kernel',
    message: (p: { kind: string; reason: string }) =>
      `The ${p.kind} kernel is built by Docker or, on Linux, in a sandbox, and neither works here: ${p.reason}.`,
    hint: () =>
      'Start Docker (`docker info` must answer), or take a file that somebody else built: `lab3 kernel import FILE`.',
  },
  KernelBuildFailed: {
    fault: 'computer',
    title: 'The checked kernel could not be built',
    message: (p: { kind: string; phase: string; reason: string }) =>
      `The ${p.kind} kernel could not be built: ${p.reason} (at the step "${p.phase}").`,
    hint: () =>
      'Take the other builder (--builder docker or --builder sandbox), or a file that somebody else built: `lab3 kernel import FILE`.',
  },
  KernelBuildTooSlow: {
    fault: 'computer',
    title: 'Building the checked kernel takes too long',
    message: (p: { kind: string; minutes: number; done: number; total: number }) =>
      `After ${p.minutes} minutes ${p.done} of about ${p.total} files of the ${p.kind} kernel were compiled; the build was stopped.`,
    hint: () =>
      'Repeat it while this computer does nothing else, or take a file that somebody else built: `lab3 kernel import FILE`.',
  },
  KernelBuildNoMemory: {
    fault: 'computer',
    title: 'Building the checked kernel takes more memory than there is',
    message: (p: { kind: string; mebibytes: number }) =>
      `The compiler was stopped for want of memory while it built the ${p.kind} kernel (limit: ${p.mebibytes} MiB).`,
    hint: () =>
      'End other programs, or give Docker more memory; or take a file that somebody else built: `lab3 kernel import FILE`.',
  },
  KernelFileUnreadable: {
    fault: 'usage',
    title: 'The kernel file cannot be read',
    message: (p: { file: string; reason: string }) => `${p.file} cannot be read: ${p.reason}.`,
    hint: () => 'Give the path of a file that `lab3 kernel export FILE` wrote.',
  },
  KernelFileInvalid: {
    fault: 'usage',
    title: 'This file is no kernel of lab3',
    message: (p: { file: string; reason: string }) =>
      `${p.file} is not what \`lab3 kernel export\` writes: ${p.reason}. Nothing was taken from it.`,
    hint: () => 'Fetch the file again, whole; or build the kernel here: `lab3 kernel build`.',
  },
  KernelFileChanged: {
    fault: 'usage',
    title: 'The kernel file is not the one that was published',
    message: (p: { file: string; expected: string; found: string }) =>
      `${p.file} has SHA256 ${p.found}, and it should be ${p.expected}. Nothing was taken from it.`,
    hint: () => 'Fetch the file again; if the sum stays the same, ask who published it.',
  },
  KernelFileTooNew: {
    fault: 'usage',
    title: 'The kernel file is of a newer lab3',
    message: (p: { file: string; format: string }) =>
      `${p.file} has the format ${p.format}, which this lab3 does not know.`,
    hint: () => 'Bring lab3 up to date, or build the kernel here: `lab3 kernel build`.',
  },
} satisfies Record<string, CatalogueEntry>;
