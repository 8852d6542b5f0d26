import type { CatalogueEntry } from '../errors.ts';

/** Faults of a grid, and of a module that no grid can be run with. */
export const sweepErrors = {
  SweepTooLarge: {
    fault: 'usage',
    title: 'The grid is too large',
    message: (p: { product: string; runs: string; time: string; mostRuns: string; mostTime: string }) =>
      `${p.product} are ${p.runs} runs, about ${p.time} of machine time; more than ${p.mostRuns} runs or ${p.mostTime} are not begun.`,
    hint: () =>
      'Name fewer values, e.g. `lab3 sweep --n-threads 1,4,16 --n-times 1e4,1e5 --repeats 3`; several sweeps can follow each other with different --out folders.',
  },
  SweepAxisFixed: {
    fault: 'usage',
    title: 'The module cannot be told this value',
    message: (p: { module: string; axis: string; count: number; has: readonly string[] }) =>
      `The grid has ${p.count} values of ${p.axis}, but none of the parameters of ${p.module} means ${p.axis} (${p.has.length === 0 ? 'it has none' : p.has.join(' ')}).`,
    hint: (p: { axis: string }) =>
      `Name the parameter in lab3.yaml under module: params: {${p.axis}: NAME}, or give a single value with --${p.axis.replaceAll('_', '-')}.`,
  },
  SweepHopeless: {
    fault: 'module',
    title: 'The module ends the virtual machine again and again',
    message: (p: { module: string; lost: number; last: string }) =>
      `${p.lost} runs of ${p.module} in a row have cost a virtual machine each; the last: ${p.last}`,
    hint: () =>
      'Mend the module first: `lab3 run` shows what it does to the kernel. What was run so far is kept.',
  },
} satisfies Record<string, CatalogueEntry>;
