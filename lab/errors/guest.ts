import type { CatalogueEntry } from '../errors.ts';

const installQemu: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'brew install qemu (Homebrew itself: https://brew.sh) or sudo port install qemu',
  win32: 'winget install SoftwareFreedomConservancy.QEMU',
};

/** What the guest's console said until then: kept with the error, so that the caller can save it. */
export interface WithLog {
  console?: { readonly text: string; readonly droppedBytes: number };
}

/** Faults of the virtual machine and of QEMU. */
export const guestErrors = {
  GuestNotOffered: {
    fault: 'usage',
    title: 'This kind of machine is not offered',
    message: (p: { vm: string; command?: string }) =>
      `${p.command === undefined ? 'This version of lab3' : `\`lab3 ${p.command}\``} cannot run its guest with vm ${p.vm}.`,
    hint: (p: { command?: string }) =>
      `Take QEMU, which lab3 finds or fetches by itself: \`lab3 ${p.command ?? 'run'} --vm qemu\`.`,
  },
  GuestCannot: {
    fault: 'usage',
    title: 'This kind of machine cannot do that',
    message: (p: { vm: string; what: string }) => `A machine of vm ${p.vm} cannot ${p.what}.`,
    hint: () => 'Run the same command with `--vm qemu`.',
  },
  EngineMissing: {
    fault: 'computer',
    title: 'No Docker engine for the virtual machine',
    message: (p: { reason: string }) => `The virtual machine cannot run in a container: ${p.reason}.`,
    hint: () =>
      'Start Docker, or take QEMU itself: `lab3 run --vm qemu`; `lab3 doctor` says what is missing.',
  },
  QemuMissing: {
    fault: 'computer',
    title: 'QEMU is not installed',
    message: (p: { program: string; platform: NodeJS.Platform; tried: string[] }) =>
      `${p.program} was not found. Looked at: ${p.tried.join(', ')}.`,
    hint: (p: { platform: NodeJS.Platform }) =>
      `Install it: ${installQemu[p.platform] ?? 'with the package manager of this system'}; or name it with LAB3_QEMU=PATH; or start Docker, in which it runs too.`,
  },
  QemuUnusable: {
    fault: 'computer',
    title: 'QEMU cannot be used',
    message: (p: { program: string; reason: string }) => `${p.program} cannot be used: ${p.reason}.`,
    hint: () =>
      'Install QEMU 7.1 or newer, or name another one with LAB3_QEMU=PATH; `lab3 doctor` says more.',
  },
  KernelModuleMissing: {
    fault: 'computer',
    title: 'A module of the kernel is missing',
    message: (p: { module: string; release: string }) =>
      `The package of kernel ${p.release} has no module ${p.module}, and the kernel has it not built in.`,
    hint: () => 'Run `lab3 clean`, then the same command again; or take another `suite` in lab3.yaml.',
  },
  GuestDidNotStart: {
    fault: 'computer',
    title: 'The virtual machine did not start',
    message: (p: { accelerator: string; reason: string } & WithLog) =>
      `The virtual machine did not get as far as taking commands (accelerator ${p.accelerator}): ${p.reason}.`,
    hint: () => 'Run `lab3 doctor`; close other heavy programs and run the same command again.',
  },
  GuestPanicked: {
    fault: 'module',
    title: 'The kernel panicked',
    message: (p: { awaited: string; panic: string } & WithLog) =>
      `The guest's kernel panicked while ${p.awaited}: ${p.panic}`,
    hint: () =>
      'The lines above the panic in the log say where; look for the name of your module in the call trace.',
  },
  GuestHung: {
    fault: 'module',
    title: 'The virtual machine hangs',
    message: (p: { awaited: string; seconds: number } & WithLog) =>
      `The guest's kernel no longer answers; ${p.awaited} took more than ${p.seconds} s.`,
    hint: () =>
      'A thread that never leaves a loop or sleeps under a spinning lock does this; the log may say `soft lockup` and where.',
  },
  GuestDied: {
    fault: 'computer',
    title: 'The virtual machine died',
    message: (p: { awaited: string; how: string; program?: string } & WithLog) =>
      `${p.program ?? 'QEMU'} ended while ${p.awaited}: ${p.how}.`,
    hint: () => 'Run the same command again; `lab3 doctor` checks memory and QEMU.',
  },
  QemuHung: {
    fault: 'computer',
    title: 'QEMU no longer answers',
    message: (p: { awaited: string; seconds: number } & WithLog) =>
      `QEMU itself stopped answering; ${p.awaited} took more than ${p.seconds} s.`,
    hint: () => 'The computer may be overloaded or was asleep: run the same command again.',
  },
  GuestLogIncomplete: {
    fault: 'computer',
    title: "The guest's log is not complete",
    message: (p: { how: string } & WithLog) =>
      `The virtual machine ended without the last line of its log: ${p.how}.`,
    hint: () => 'Run the same command again; `lab3 doctor` checks memory and QEMU.',
  },
  ScreenshotFailed: {
    fault: 'computer',
    title: 'No picture of the screen',
    message: (p: { reason: string; program?: string }) =>
      `${p.program ?? 'QEMU'} gave no picture of the virtual machine's screen: ${p.reason}.`,
    hint: () => 'On arm64 QEMU needs UEFI firmware for a screen: install it (package `qemu-efi-aarch64`).',
  },
  DebuggerUnavailable: {
    fault: 'computer',
    title: 'gdb cannot look into the machine',
    message: (p: { reason: string }) => `The virtual machine cannot be opened for gdb: ${p.reason}.`,
    hint: () => 'Leave `-g0` out of the Makefile if it is there; `lab3 shell` works without gdb.',
  },
  GuestCommandFailed: {
    fault: 'computer',
    title: 'A command failed in the virtual machine',
    message: (p: { what: string; status: number; output: string }) =>
      `${p.what} failed with status ${p.status}${p.output === '' ? '' : `: ${p.output}`}.`,
    hint: () => 'Run the same command again with --verbose to see the log of the guest.',
  },
} satisfies Record<string, CatalogueEntry>;
