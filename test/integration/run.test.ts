/** The plan carried out in a real guest: the exercise itself, and modules that each do one bad thing. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultConfig } from '../../lab/config.ts';
import { plan, type RunSpec } from '../../lab/plan.ts';
import { verdict } from '../../lab/verdict.ts';
import { buildModule } from '../../provision/builder/build.ts';
import { readModuleSource } from '../../provision/builder/source.ts';
import { startGuest } from '../../provision/guest/qemu/start.ts';
import type { Kernel } from '../../provision/kernel/kernel.ts';
import { type RunLimits, type RunsOutcome, runAll } from '../../provision/run/runs.ts';
import { realContext, trixieKernel } from './real-context.ts';

const context = realContext();
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const limits: RunLimits = { loadMs: 8_000, settleSeconds: () => 10, unloadMs: 8_000 };

let kernel: Kernel;
let folder: string;
beforeAll(async () => {
  kernel = await trixieKernel(context);
  folder = await mkdtemp(join(tmpdir(), 'lab3-run-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function run(sourceFolder: string, runs: readonly RunSpec[], given?: RunLimits): Promise<RunsOutcome> {
  const source = await readModuleSource(sourceFolder);
  const module = await buildModule(context, 'auto', source, kernel);
  return runAll(context, {
    startGuest: (vcpus) => startGuest(context, { kernel, vcpus, memoryMiB: 256 }),
    module,
    runs,
    ...(given ? { limits: given } : {}),
  });
}

/** Runs one of `data/modules` twice, unlocked and locked as the exercise does. */
async function runFaulty(name: string): Promise<RunsOutcome> {
  const own = join(folder, name);
  await mkdir(own);
  await writeFile(join(own, `${name}.c`), await readFile(here(`data/modules/${name}.c`)));
  const specs = plan(defaultConfig()).map((spec) => ({ ...spec, moduleParams: {} }));
  return run(own, specs, limits);
}

const kinds = (outcome: RunsOutcome) => outcome.runs.map((one) => one.findings.map(({ kind }) => kind));

test('the exercise: updates are lost without the lock and never with it, with pictures and a log', async () => {
  const outcome = await run(here('../../module'), plan(defaultConfig()));
  const [unlocked, locked] = outcome.runs;
  expect(Number(unlocked?.lostUpdates)).toBeGreaterThan(0);
  expect(locked).toMatchObject({ final: '10000000', lostUpdates: '0', findings: [] });
  expect(unlocked?.threads).toHaveLength(10);
  expect(locked?.list).toHaveLength(10);
  expect([...outcome.screenshots.keys()]).toEqual(['no_spinlock', 'spinlock']);
  for (const png of outcome.screenshots.values())
    expect([...png.subarray(1, 4)]).toEqual([...Buffer.from('PNG')]);
  expect(outcome.dmesg).not.toContain('lab3-mark');
  expect(outcome.dmesg).toContain('lab3-guest: end of log');
  for (const one of outcome.runs) {
    const [first, last] = one.consoleLines ?? [0, 0];
    const lines = outcome.dmesg
      .split('\n')
      .slice(first - 1, last)
      .join('\n');
    expect(lines).toContain(`total=${one.final} `);
  }
  expect(verdict(outcome).ok).toBe(true);
});

test('the defaults, 20 times: the unlocked run loses updates and the locked one never does', async () => {
  const specs = Array.from({ length: 20 }, () => plan(defaultConfig())).flat();
  const outcome = await run(here('../../module'), specs);
  const lost = (lock: string) =>
    outcome.runs.filter((one) => one.lock === lock).map((one) => Number(one.lostUpdates) > 0);
  expect(lost('none')).toEqual(Array(20).fill(true));
  expect(lost('own')).toEqual(Array(20).fill(false));
});

describe('a module that', () => {
  test('panics costs its own run alone, and the log says where', async () => {
    const outcome = await runFaulty('panic');
    for (const found of kinds(outcome))
      expect(found).toEqual(expect.arrayContaining(['panic', 'guest-lost']));
    expect(outcome.dmesg).toContain('Kernel panic - not syncing: asked for');
    expect(verdict(outcome)).toMatchObject({ ok: false, exitCode: 1 });
  });

  test('oopses in a thread is named with the oops', async () => {
    const outcome = await runFaulty('oops');
    for (const found of kinds(outcome)) expect(found).toContain('oops');
    expect(verdict(outcome).exitCode).toBe(1);
  });

  test('never returns from init is a hang while loading', async () => {
    const outcome = await runFaulty('hang_init');
    for (const found of kinds(outcome)) expect(found).toContain('load-hang');
  });

  test('blocks every CPU is a hang', async () => {
    const outcome = await runFaulty('spin');
    for (const found of kinds(outcome)) expect(found).toContain('hang');
  });

  test('never returns from exit is a hang while unloading', async () => {
    const outcome = await runFaulty('hang_exit');
    for (const found of kinds(outcome)) expect(found).toContain('unload-hang');
  });

  test('powers the machine off is tried once more, then the machine is said to be lost', async () => {
    const outcome = await runFaulty('power_off');
    for (const found of kinds(outcome)) expect(found).toContain('guest-lost');
    expect(verdict(outcome).exitCode).toBe(1);
  });

  test('refuses to load is said with what insmod said', async () => {
    const outcome = await runFaulty('refuses');
    const [first] = outcome.runs[0]?.findings.filter(({ kind }) => kind === 'load-failed') ?? [];
    expect(first?.message).toMatch(/[Ii]nvalid argument/);
    expect(outcome.runs).toHaveLength(2);
  });

  test('keeps its threads asleep until it is unloaded is unloaded as soon as they sleep', async () => {
    const outcome = await runFaulty('waits');
    expect(outcome.runs.map((one) => one.final)).toEqual(['6', '6']);
    expect(kinds(outcome).flat()).not.toContain('time-limit');
  });
});
