/** Small grids in real guests: as many machines as there are cores for, and modules that end them. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultConfig, type LabConfig, overrideConfig } from '../../lab/config.ts';
import { labError } from '../../lab/errors.ts';
import type { LockKind } from '../../lab/names.ts';
import { ownParameters, type ParameterUse } from '../../lab/parameters.ts';
import { plan } from '../../lab/plan.ts';
import type { SweepRun } from '../../lab/sweep/document.ts';
import { gridOf, keyOf, runsOf } from '../../lab/sweep/grid.ts';
import { buildModule } from '../../provision/builder/build.ts';
import { readModuleSource } from '../../provision/builder/source.ts';
import type { Context } from '../../provision/context.ts';
import { startGuest } from '../../provision/guest/qemu/start.ts';
import { openJournal } from '../../provision/journal.ts';
import type { Kernel } from '../../provision/kernel/kernel.ts';
import { sweepJournal } from '../../provision/sweep/journal.ts';
import { runSweep } from '../../provision/sweep/sweep.ts';
import { realContext, trixieKernel } from './real-context.ts';

const context = realContext();
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const ownModule = here('../../module');

let kernel: Kernel;
let folder: string;
beforeAll(async () => {
  kernel = await trixieKernel(context);
  folder = await mkdtemp(join(tmpdir(), 'lab3-sweep-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** One of `data/modules` in a folder of its own. */
async function faulty(name: string): Promise<string> {
  const own = join(folder, name);
  await mkdir(own, { recursive: true });
  await writeFile(join(own, `${name}.c`), await readFile(here(`data/modules/${name}.c`)));
  return own;
}

interface Asked {
  readonly source: string;
  readonly axes: Parameters<typeof overrideConfig>[1];
  readonly use?: ParameterUse;
  readonly inside?: Context;
  readonly journal?: string;
}

/** What the journal holds in the end, whether or not the sweep came to its own. */
async function sweep({ source, axes, use = ownParameters, inside = context, journal = 'journal' }: Asked) {
  const config: LabConfig = overrideConfig(defaultConfig(), axes);
  const module = await buildModule(context, 'auto', await readModuleSource(source), kernel);
  const about = { name: module.name, has: Object.values(use.params) };
  const grid = gridOf(config, use, about);
  const runs = runsOf(grid).map((run) => {
    const [spec] = plan({ ...config, ...run, locks: [run.lock] }, use, about);
    if (spec === undefined) throw new Error('no plan');
    return { run, spec };
  });
  const file = await openJournal(join(folder, `${journal}.jsonl`), sweepJournal, {
    module: module.record.sourceSha256,
  });
  const machines = { now: 0, most: 0, all: 0 };
  try {
    await runSweep(inside, {
      module,
      runs,
      memoryMiB: 256,
      journal: file,
      startGuest: async (inner, vcpus) => {
        machines.all += 1;
        // One whose start is interrupted never was.
        const guest = await startGuest(inner, { kernel, vcpus, memoryMiB: 256 });
        machines.now += 1;
        machines.most = Math.max(machines.most, machines.now);
        const kill = guest.kill.bind(guest);
        guest.kill = async () => {
          machines.now -= 1;
          await kill();
        };
        return guest;
      },
    });
  } finally {
    await file.close();
    expect(machines.now).toBe(0);
  }
  return { runs: file.entries, machines, planned: runs.map(({ run }) => keyOf(run)) };
}

/** Entries of the ledger that this process made. */
async function ownMachines(): Promise<string[]> {
  const place = join(context.cacheDir, 'running');
  const names = await readdir(place).catch(() => [] as string[]);
  const texts = await Promise.all(names.map((name) => readFile(join(place, name), 'utf8').catch(() => '')));
  return texts.filter((text) => text.includes(`"owner":${process.pid},`));
}

const sorted = (keys: readonly string[]) => [...keys].sort();

test('a grid is run whole, by machines that serve many of its runs each', async () => {
  const { runs, machines, planned } = await sweep({
    source: ownModule,
    journal: 'whole',
    axes: {
      'sweep.n_threads': '1,4',
      'sweep.n_times': '1000,200000',
      'sweep.vcpus': '1,2',
      'sweep.locks': ['none', 'own'],
      'sweep.repeats': 1,
    },
  });
  expect(sorted(runs.map(keyOf))).toEqual(sorted(planned));
  expect(machines.all).toBeLessThan(runs.length);
  expect(runs.map(({ clock }) => clock)).toEqual(runs.map(() => 'module'));
  for (const run of runs.filter(({ lock }) => lock === 'own'))
    expect(run).toMatchObject({ status: 'right', final: run.expected, findings: [] });
  const busiest = (lock: LockKind) =>
    runs.find((run) => run.vcpus === 2 && run.nThreads === 4 && run.nTimes === 200_000 && run.lock === lock);
  expect(busiest('none')?.status).toBe('lost');
  for (const run of runs) expect(run.elapsedNs).toBeGreaterThan(0);
  // The same again has nothing to do.
  const again = await sweep({
    source: ownModule,
    journal: 'whole',
    axes: {
      'sweep.n_threads': '1,4',
      'sweep.n_times': '1000,200000',
      'sweep.vcpus': '1,2',
      'sweep.locks': ['none', 'own'],
      'sweep.repeats': 1,
    },
  });
  expect(again.machines.all).toBe(0);
});

test('a run that ends its machine costs itself alone', async () => {
  const { runs } = await sweep({
    source: await faulty('dies'),
    use: { params: { n_threads: 'n_threads', n_times: 'n_times', increment: 'increment' }, lockValues: {} },
    journal: 'dies',
    axes: {
      'sweep.n_threads': '1..3',
      'sweep.n_times': '10',
      'sweep.vcpus': '1',
      'sweep.locks': ['own'],
      'sweep.repeats': 2,
    },
  });
  const status = (run: SweepRun) => `${run.nThreads}:${run.status}`;
  expect(sorted(runs.map(status))).toEqual([
    '1:right',
    '1:right',
    '2:guest-lost',
    '2:guest-lost',
    '3:right',
    '3:right',
  ]);
  for (const run of runs.filter(({ nThreads }) => nThreads === 2))
    expect(run.findings.map(({ kind }) => kind)).toContain('panic');
  // It prints no time of its own, and the machine that had it was watched from outside.
  for (const run of runs.filter(({ nThreads }) => nThreads !== 2)) expect(run.clock).toBe('host');
});

test('a module that ends every machine ends the sweep, with what was seen kept', async () => {
  const source = await faulty('panic');
  const use = { params: {}, lockValues: {} };
  const axes = {
    'sweep.n_threads': '1',
    'sweep.n_times': '1',
    'sweep.vcpus': '1',
    'sweep.locks': ['own'],
    'sweep.repeats': 20,
  };
  await expect(sweep({ source, use, axes, journal: 'hopeless' })).rejects.toMatchObject({
    name: 'SweepHopeless',
    exitCode: 1,
  });
  const lines = (await readFile(join(folder, 'hopeless.jsonl'), 'utf8')).trim().split('\n');
  expect(lines.length).toBeGreaterThanOrEqual(6);
  expect(lines.length).toBeLessThan(12);
});

test('one that is stopped keeps its runs, leaves no machine and goes on later', async () => {
  const stop = new AbortController();
  let seen = 0;
  const inside: Context = {
    ...context,
    signal: stop.signal,
    emit: (event) => {
      if (event.type === 'step.progress' && event.unit === 'runs') seen = event.done;
      if (seen >= 3) stop.abort(labError('Interrupted', undefined));
    },
  };
  const axes = {
    'sweep.n_threads': '2',
    'sweep.n_times': '1000',
    'sweep.vcpus': '1,2',
    'sweep.locks': ['own'],
    'sweep.repeats': 6,
  };
  const asked = { source: ownModule, axes, journal: 'stopped' };
  await expect(sweep({ ...asked, inside })).rejects.toMatchObject({ name: 'Interrupted' });
  expect(await ownMachines()).toEqual([]);
  const kept = (await readFile(join(folder, 'stopped.jsonl'), 'utf8')).trim().split('\n').length - 1;
  expect(kept).toBeGreaterThanOrEqual(3);
  expect(kept).toBeLessThan(12);
  const { runs, planned } = await sweep(asked);
  expect(sorted(runs.map(keyOf))).toEqual(sorted(planned));
});
