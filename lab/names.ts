/** The words a person types and a result says. One place, so that flags, files and messages agree. */
export const lockKinds = ['none', 'own', 'spinlock', 'mutex', 'atomic'] as const;
export type LockKind = (typeof lockKinds)[number];

export const builderNames = ['docker', 'sandbox', 'vm'] as const;
export type BuilderName = (typeof builderNames)[number];

export const guestNames = ['qemu', 'container', 'vagrant'] as const;
export type GuestName = (typeof guestNames)[number];

export const suites = ['trixie', 'bookworm'] as const;
export type Suite = (typeof suites)[number];

/** Debian's names of the architectures. */
export const architectures = ['amd64', 'arm64'] as const;
export type Architecture = (typeof architectures)[number];

/**
 * `stock` is Debian's own. `checked` looks for data races, lock misuse, leaks and damaged lists while the module
 * runs; `kasan` for every read and write of memory that is not the module's (any more).
 */
export const checkedKinds = ['checked', 'kasan'] as const;
export type CheckedKind = (typeof checkedKinds)[number];
export type KernelKind = 'stock' | CheckedKind;

/** What every report folder holds, and no other: what lab3 itself wrote there. */
export const reportRecord = '.lab3-report.json';
/** Where a report is written when nothing else is said. */
export const usualReportFolder = 'lab3-report';

export const accelerators = ['kvm', 'hvf', 'whpx', 'tcg'] as const;
export type Accelerator = (typeof accelerators)[number];
