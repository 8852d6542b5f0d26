/**
 * The project's own module on the checked kernel: without a lock the line of the increment, with each lock nothing.
 *
 *     LAB3_TEST_CHECK_RUNS=20   runs of each lock; 4 where nothing is said
 *     LAB3_TEST_CHECK=all       every lock, and modules that flood, die or have no debug information: minutes
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CheckDocument } from '../../lab/check/document.ts';
import { parseCheck } from '../../lab/check/document.ts';
import { foldSpec, planCheck } from '../../lab/check/plan.ts';
import { defaultConfig, type LabConfig } from '../../lab/config.ts';
import { lockKinds } from '../../lab/names.ts';
import { ownParameters } from '../../lab/parameters.ts';
import type { BuiltModule } from '../../provision/builder/builder.ts';
import { readModuleSource } from '../../provision/builder/source.ts';
import { type CheckLimits, defaultLimits } from '../../provision/check/attempt.ts';
import { checkModule } from '../../provision/check/check.ts';
import type { Kernel } from '../../provision/kernel/kernel.ts';
import { ready } from '../corpus/run.ts';
import { checkedKernel, checkedKernelTimeout, realContext } from './real-context.ts';

const context = realContext();
const runs = Number(process.env.LAB3_TEST_CHECK_RUNS ?? 4);
const everything = process.env.LAB3_TEST_CHECK === 'all';
const ours = fileURLToPath(new URL('../../module', import.meta.url));

let kernel: Kernel;
let folder: string;
beforeAll(async () => {
  kernel = await checkedKernel(context);
  folder = await mkdtemp(join(tmpdir(), 'lab3-check-'));
}, checkedKernelTimeout);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function check(
  from: string,
  change: Partial<LabConfig> = {},
  times = runs,
  built: (module: BuiltModule) => BuiltModule = (module) => module,
  limits: CheckLimits = defaultLimits,
): Promise<CheckDocument> {
  const source = await readModuleSource(from);
  const on = await ready(context, source, kernel, defaultConfig().memory);
  const module = built(on.module);
  const config = { ...defaultConfig(), ...change };
  const use = from === ours ? ownParameters : { params: {}, lockValues: {} };
  return checkModule(context, {
    plan: planCheck(config, { runs: times, kasan: false }, use, { name: module.name, has: [] }),
    foldSpec: (group, number) => foldSpec(group, config, use, number),
    source,
    kernels: { checked: { ...on, module } },
    limits,
    tool: 'lab3 test',
  });
}

describe('the module that comes with lab3', () => {
  test('without a lock the race is seen at the increment, and with the own lock nothing is', async () => {
    const document = await check(ours);
    const lines = (await readFile(join(ours, 'lab3.c'), 'utf8')).split('\n');
    const increment = lines.findIndex((line) => line.includes('*total = seen + amount;')) + 1;
    const [race, ...others] = document.findings.filter(({ kind }) => kind === 'data-race');
    expect(others).toEqual([]);
    expect(race).toMatchObject({ severity: 'note' });
    expect(race?.places.map(({ file, line }) => `${file}:${line}`)).toContain(`lab3.c:${increment}`);
    expect(race?.raw).toContain('BUG: KCSAN: data-race in ');
    expect(document.findings.filter(({ severity }) => severity !== 'note')).toEqual([]);
    expect(document.remarks).toEqual([]);
    expect(document.notes).toEqual([expect.stringContaining('lab3 kernel build --kind kasan')]);
    expect(document.runs.map(({ reached }) => reached)).toEqual(Array(2 * runs).fill('unloaded'));
    expect(parseCheck(JSON.parse(JSON.stringify(document)), 'check.json')).toEqual(document);
  });

  // What takes long is for whoever asks for it: no part is missing where it is not run, so it is not skipped either.
  if (everything)
    test('with each lock nothing is found, and no total is wrong', async () => {
      const document = await check(ours, {
        locks: lockKinds.filter((lock) => lock !== 'none' && lock !== 'own'),
      });
      expect(document.findings).toEqual([]);
      expect(document.remarks).toEqual([]);
      expect(document.runs).toHaveLength(3 * runs);
      for (const { final, expected, shape } of document.runs)
        if (shape === 'whole') expect(final).toBe(expected);
    });
});

if (everything)
  describe('a module that', () => {
    async function write(name: string, body: string): Promise<string> {
      const own = join(folder, name);
      await mkdir(own);
      const head = ['module', 'kernel', 'kthread', 'slab', 'delay'].map(
        (file) => `#include <linux/${file}.h>`,
      );
      await writeFile(join(own, `${name}.c`), `${head.join('\n')}\n${body}\nMODULE_LICENSE("GPL");\n`);
      return own;
    }

    test('has no debug information gets functions and offsets, and that is said', async () => {
      const from = await write(
        'leaky',
        `static int __init leaky_init(void) { return kmalloc(64, GFP_KERNEL) ? 0 : -ENOMEM; }
       static void __exit leaky_exit(void) {}
       module_init(leaky_init); module_exit(leaky_exit);`,
      );
      const document = await check(from, {}, 1, (module) => ({ ...module, ko: withoutDebug(module.ko) }));
      expect(document.debugInfo).toBe(false);
      expect(document.notes.join()).toContain('no debug information');
      expect(document.findings).toMatchObject([
        { kind: 'leak', places: [{ function: expect.stringMatching(/^(leaky_init|init_module)$/) }] },
      ]);
      expect(document.findings[0]?.places[0]?.line).toBeUndefined();
    });

    test('kills the machine is found out, and is not run again once it is known why', async () => {
      const from = await write(
        'deadly',
        `static int __init deadly_init(void) { panic("asked for"); return 0; }
       static void __exit deadly_exit(void) {}
       module_init(deadly_init); module_exit(deadly_exit);`,
      );
      const document = await check(from, {}, 3);
      expect(document.runs.map(({ reached }) => reached)).toEqual(['machine-lost']);
      expect(document.findings).toMatchObject([{ kind: 'oops', runs: [1], places: [{ file: 'deadly.c' }] }]);
      expect(document.notes.join()).toContain('left out');
    });

    test('floods the console is cut and counted', async () => {
      const from = await write(
        'floods',
        `static int __init floods_init(void) { int i; for (i = 0; i < 70000; i++) pr_info("%064d %064d\\n", i, i); return 0; }
       static void __exit floods_exit(void) {}
       module_init(floods_init); module_exit(floods_exit);`,
      );
      // An emulated serial line takes 830 of these lines a second.
      const document = await check(from, {}, 1, undefined, { watch: () => 150, unload: () => 60 });
      expect(document.runs[0]?.droppedBytes).toBeGreaterThan(1 << 20);
      // A minute of printing in the init function may be called a lockup, which is no more than the truth.
      const others = document.findings.filter(({ kind }) => !['soft-lockup', 'rcu-stall'].includes(kind));
      expect(others).toEqual([]);
    });
  });

/** The file with the names of its debug sections made others, as a strip that is not thorough would leave them. */
function withoutDebug(ko: Uint8Array): Uint8Array {
  return Buffer.from(Buffer.from(ko).toString('latin1').replaceAll('.debug_', '.denug_'), 'latin1');
}
