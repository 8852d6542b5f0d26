/** `lab3 sweep`: from a configuration to the folder of a sweep. */
import { createHash } from 'node:crypto';
import { join, relative } from 'node:path';
import type { LabConfig } from '../lab/config.ts';
import { type Emit, step } from '../lab/events.ts';
import { ownParameters } from '../lab/parameters.ts';
import type { Sweep, SweepRun } from '../lab/sweep/document.ts';
import { predictAllMs } from '../lab/sweep/estimate.ts';
import { factorsOf, gridOf, keyOf } from '../lab/sweep/grid.ts';
import { sweepFaults } from '../lab/sweep/summary.ts';
import type { Context } from '../provision/context.ts';
import type { Guest } from '../provision/guest/guest.ts';
import type { Journal } from '../provision/journal.ts';
import type { Tools } from './command.ts';
import { buildAndBoot, refuseVagrant, reportFolder, studentOf } from './lab.ts';
import { describeSweep, type Planned, partsOf, planSweep } from './sweep-parts.ts';
import { count, duration } from './ui/amounts.ts';
import { sweepText } from './ui/sweep.ts';
import { wrap } from './ui/text.ts';

/** Longer than a lock whose process is gone is still taken for held. */
const lockDeadlineMs = 6_000;

/** Answers the exit code: 1 where any run says that the module is at fault. */
export async function runSweepCommand(config: LabConfig, fresh: boolean, tools: Tools): Promise<number> {
  const { cwd, ui } = tools;
  // What can be known to be too much before anything is fetched or built is said before.
  if (config.module.dir === undefined) gridOf(config, ownParameters, { name: 'lab3', has: [] });
  const context = await tools.context();
  const { withLock } = await import('../provision/cache.ts');
  const folder = reportFolder(config, cwd);
  const lock = `sweep-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`;
  const sweep = await withLock(context, lock, () => sweepInto(folder, context, config, fresh, tools), {
    deadlineMs: lockDeadlineMs,
  });
  await ui.settle();
  if (ui.options.json) ui.print(JSON.stringify(sweep, null, 2));
  else {
    const { hasResult } = await import('../report/write.ts');
    const shown = (path: string) => relative(cwd, join(folder, path)) || folder;
    const report = (await hasResult(folder)) ? { report: shown('report.html') } : {};
    ui.print(sweepText(sweep, { folder: shown('sweep'), ...report }, ui.terminal, ui.style));
  }
  return sweepFaults(sweep.runs).some(({ module }) => module) ? 1 : 0;
}

async function sweepInto(
  folder: string,
  context: Context,
  config: LabConfig,
  fresh: boolean,
  { cwd, ui }: Tools,
): Promise<Sweep> {
  refuseVagrant(config, 'sweep');
  const { openJournal } = await import('../provision/journal.ts');
  const { sweepJournal } = await import('../provision/sweep/journal.ts');
  const { hostCores, runSweep } = await import('../provision/sweep/sweep.ts');
  const { writeSweep } = await import('../report/sweep.ts');
  const cores = hostCores();
  const student = studentOf(config);
  const vcpus = config.sweep.vcpus[0] ?? config.vcpus;
  const { guest, ...built } = await buildAndBoot(context, { ...config, vcpus }, cwd);
  let journal: Journal<SweepRun> | undefined;
  try {
    const planned = await planSweep(config, built);
    const path = join(folder, 'sweep', 'journal.jsonl');
    const opened = await openJournal(path, sweepJournal, partsOf(planned, guest.info), { fresh });
    journal = opened;
    await announce(context.emit, planned, opened, cores);
    const document = () => describeSweep(planned, guest.info, opened.entries, cores);
    try {
      await runSweep(context, {
        module: built.module,
        runs: planned.runs,
        patterns: config.module.patterns,
        memoryMiB: config.memory,
        journal: opened,
        startGuest: guestsAfter(guest, async (inner, wanted) => {
          const { startGuest } = await import('../provision/guest/start.ts');
          const { memory: memoryMiB, mirror, vm } = config;
          return startGuest(inner, { kernel: built.kernel, vcpus: wanted, memoryMiB }, { vm, mirror });
        }),
      });
    } catch (error) {
      const written = await writePart(folder, document(), student).catch(() => false);
      await ui.settle();
      const text = keptText(opened.entries.length, planned.runs.length, written, ui.terminal.program);
      ui.tell(wrap(text, ui.terminal.columns).join('\n'));
      throw error;
    }
    return await step(context.emit, 'Results of the sweep', async (shown) => {
      const sweep = document();
      const files = await writeSweep(folder, sweep, { student });
      await opened.remove();
      shown.summary(`${files.length} files`);
      return sweep;
    });
  } finally {
    await guest.kill();
    await journal?.close();
  }
}

/** The machine that booted while the module was built comes first, if it is of the kind that is wanted first. */
function guestsAfter(
  first: Guest,
  startGuest: (context: Context, vcpus: number) => Promise<Guest>,
): (context: Context, vcpus: number) => Promise<Guest> {
  let waiting: Guest | undefined = first;
  return async (context, vcpus) => {
    const ready = waiting;
    waiting = undefined;
    if (ready?.info.vcpus === vcpus) return ready;
    await ready?.kill();
    return startGuest(context, vcpus);
  };
}

/** How many runs, how long, and where an earlier sweep had come to. */
async function announce(
  emit: Emit,
  { grid, runs }: Planned,
  journal: Journal<SweepRun>,
  cores: number,
): Promise<void> {
  await step(emit, 'Grid', async (shown) => {
    const had = new Set(journal.entries.map(keyOf));
    const left = runs.map(({ run }) => run).filter((run) => !had.has(keyOf(run)));
    if (journal.changed !== undefined)
      shown.note(`begins anew: since the sweep that was stopped, ${journal.changed.join(' and ')} changed`);
    const most = Math.max(...grid.vcpus);
    if (most > cores)
      shown.note(
        `${most} vCPUs on ${count(cores, 'core')} take turns: what they lose and cost says little about real ones`,
      );
    const factors = factorsOf(grid).filter((factor) => factor.count > 1);
    const product = factors.map((factor) => `${factor.count} ${factor.noun}`).join(' × ');
    const goesOn = had.size > 0 ? `, ${had.size} of them done before` : '';
    const time = duration(predictAllMs(left, cores));
    shown.summary(`${count(runs.length, 'run')}${goesOn}, about ${time}${product && `: ${product}`}`);
  });
}

/** A sweep that was stopped has results too; they do not take the place of a whole one's. */
async function writePart(
  folder: string,
  sweep: Sweep,
  student: ReturnType<typeof studentOf>,
): Promise<boolean> {
  const { writeSweep, hasWholeSweep } = await import('../report/sweep.ts');
  if (sweep.runs.length === 0 || (await hasWholeSweep(folder))) return false;
  await writeSweep(folder, sweep, { student });
  return true;
}

function keptText(done: number, all: number, written: boolean, program: string): string {
  if (done === 0) return 'No run had ended yet.';
  const files = written ? ' What they came to is in sweep.csv and the plots already.' : '';
  return `${done} of ${all} runs are kept: \`${program} sweep\` with the same settings goes on from there.${files}`;
}
