/** `lab3 sweep`: from a configuration to the folder of a sweep. */
import { join, relative } from 'node:path';
import type { LabConfig } from '../lab/config.ts';
import { type Emit, step } from '../lab/events.ts';
import { ownParameters } from '../lab/parameters.ts';
import { plan, type RunSpec } from '../lab/plan.ts';
import { type Sweep, type SweepRun, sweepSchemaName } from '../lab/sweep/document.ts';
import { predictAllMs } from '../lab/sweep/estimate.ts';
import { factorsOf, type Grid, type GridRun, gridOf, keyOf, runsOf } from '../lab/sweep/grid.ts';
import type { Guest } from '../provision/guest/guest.ts';
import type { Journal } from '../provision/sweep/journal.ts';
import type { Tools } from './command.ts';
import { type Built, buildAndBoot, parametersOf, reportFolder, studentOf } from './lab.ts';
import { version } from './package-files.ts';
import { count, duration } from './ui/amounts.ts';
import { sweepText } from './ui/sweep.ts';

/** Answers the exit code: 1 where any run says that the module is at fault. */
export async function runSweepCommand(config: LabConfig, fresh: boolean, tools: Tools): Promise<number> {
  const { cwd, ui } = tools;
  // What can be known to be too much before anything is built is said before.
  if (config.module.dir === undefined) gridOf(config, ownParameters, { name: 'lab3', has: [] });
  const context = await tools.context();
  const { openJournal } = await import('../provision/sweep/journal.ts');
  const { hostCores, runSweep } = await import('../provision/sweep/sweep.ts');
  const { writeSweep } = await import('../report/sweep.ts');
  const folder = reportFolder(config, cwd);
  const vcpus = config.sweep.vcpus[0] ?? 1;
  const { guest, ...built } = await buildAndBoot(context, { ...config, vcpus }, cwd);
  let ahead: Guest | undefined = guest;
  let journal: Journal | undefined;
  try {
    const { use, has } = await parametersOf(config, built.module);
    const module = { name: built.module.name, has };
    const grid = gridOf(config, use, module);
    // Says so where a lock cannot be chosen.
    plan({ ...config, locks: grid.locks }, use, module);
    const runs = runsOf(grid).map((run) => {
      const [spec] = plan({ ...config, ...run, locks: [run.lock] }, use, module);
      if (spec === undefined) throw new Error('a plan without a run');
      return { run, spec };
    });
    const opened = await openJournal(
      join(folder, 'sweep', 'journal.jsonl'),
      partsOf(built, guest, grid, runs),
      {
        fresh,
      },
    );
    journal = opened;
    await announce(context.emit, grid, runs, opened, hostCores());
    const document = (): Sweep => describe(built, guest, grid, runs, opened.runs, hostCores());
    await runSweep(context, {
      module: built.module,
      runs,
      patterns: config.module.patterns,
      memoryMiB: config.memory,
      journal,
      startGuest: async (inner, wanted) => {
        const waiting = ahead;
        ahead = undefined;
        if (waiting?.info.vcpus === wanted) return waiting;
        await waiting?.kill();
        const { startGuest } = await import('../provision/guest/qemu/start.ts');
        const { memory: memoryMiB, mirror } = config;
        return startGuest(inner, { kernel: built.kernel, vcpus: wanted, memoryMiB }, { mirror });
      },
    }).catch(async (error: unknown) => {
      const left = await keepPart(folder, document()).catch(() => undefined);
      await ui.settle();
      ui.tell(keptText(opened.runs.length, runs.length, left, ui.terminal.program));
      throw error;
    });
    const sweep = document();
    const files = await step(context.emit, 'Results of the sweep', async (shown) => {
      const written = await writeSweep(folder, sweep, { student: studentOf(config) });
      shown.summary(`${written.length} files`);
      return written;
    });
    await journal.remove();
    await ui.settle();
    if (ui.options.json) ui.print(JSON.stringify(sweep, null, 2));
    else {
      const next = relative(cwd, join(folder, 'sweep')) || folder;
      ui.print(sweepText(sweep, { folder: next, files }, ui.terminal, ui.style));
    }
    return isFaulty(sweep.runs) ? 1 : 0;
  } finally {
    await guest.kill();
    await journal?.close();
  }

  /** A sweep that was stopped has results too; they do not take the place of a whole one's. */
  async function keepPart(folder: string, sweep: Sweep): Promise<boolean> {
    const { writeSweep, hasWholeSweep } = await import('../report/sweep.ts');
    if (sweep.runs.length === 0 || (await hasWholeSweep(folder))) return false;
    await writeSweep(folder, sweep, { student: studentOf(config) });
    return true;
  }
}

type Planned = readonly { readonly run: GridRun; readonly spec: RunSpec }[];

/** What the runs of a journal depend on. */
function partsOf(built: Built, guest: Guest, grid: Grid, runs: Planned): Record<string, string> {
  const { module, kernel } = built;
  const { compiler, sourceSha256 } = module.record;
  const { accelerator, hypervisor, memoryMiB } = guest.info;
  return {
    module: [module.name, sourceSha256, compiler, JSON.stringify(runs[0]?.spec.moduleParams)].join(' '),
    kernel: [kernel.arch, kernel.release, kernel.version].join(' '),
    machine: [hypervisor, accelerator, memoryMiB].join(' '),
    grid: JSON.stringify(grid),
  };
}

/** How many runs, how long, and where an earlier sweep had come to. */
async function announce(emit: Emit, grid: Grid, runs: Planned, journal: Journal, cores: number) {
  await step(emit, 'Grid', async (shown) => {
    const had = new Set(journal.runs.map(keyOf));
    const left = runs.filter(({ run }) => !had.has(keyOf(run)));
    const ms = predictAllMs(
      left.map(({ run }) => run),
      cores,
    );
    if (journal.changed !== undefined)
      shown.note(`begins anew: since the sweep that was stopped, ${journal.changed.join(' and ')} changed`);
    const factors = factorsOf(grid).filter(({ count }) => count > 1);
    const product = factors.map(({ count, noun }) => `${count} ${noun}`).join(' × ') || 'one combination';
    const goesOn = had.size > 0 ? `, ${had.size} of them done before` : '';
    shown.summary(`${count(runs.length, 'run')} (${product})${goesOn}; about ${duration(ms)}`);
    const most = Math.max(...grid.vcpus);
    if (most > cores)
      shown.note(
        `${most} vCPUs are more than the ${count(cores, 'core')} of this computer: they take turns, and times say little`,
      );
  });
}

function describe(
  built: Built,
  guest: Guest,
  grid: Grid,
  planned: Planned,
  runs: readonly SweepRun[],
  cores: number,
): Sweep {
  const done = new Map(runs.map((run) => [keyOf(run), run]));
  const inOrder = planned.flatMap(({ run }) => done.get(keyOf(run)) ?? []);
  const { vcpus: _, start: __, ...info } = guest.info;
  const { compiler, kernelRelease, sourceSha256 } = built.module.record;
  return {
    schema: sweepSchemaName,
    createdAt: new Date().toISOString(),
    tool: `lab3 ${version()}`,
    complete: inOrder.length === planned.length,
    grid: {
      ...grid,
      vcpus: [...grid.vcpus],
      locks: [...grid.locks],
      nThreads: [...grid.nThreads],
      nTimes: [...grid.nTimes],
      increment: [...grid.increment],
    },
    module: { name: built.module.name, sourceSha256 },
    build: { compiler, kernelRelease },
    guest: info,
    host: { cores },
    runs: inOrder,
  };
}

function keptText(done: number, all: number, written: boolean | undefined, program: string): string {
  if (done === 0) return 'No run had ended yet.';
  const files = written ? ' What they came to is in the folder of the sweep.' : '';
  return `${done} of ${all} runs are kept: \`${program} sweep\` with the same settings goes on from there.${files}`;
}

/** A total that is wrong under a lock, a run that ended its machine, one that printed nothing. */
const isFaulty = (runs: readonly SweepRun[]): boolean =>
  runs.some(
    ({ status, findings }) =>
      status === 'wrong' ||
      status === 'none' ||
      status === 'guest-lost' ||
      findings.some(({ severity, kind }) => severity === 'error' && kind !== 'time-limit'),
  );
