/** Kbuild's makes called directly do what its top-level Makefile does: the same bytes, the same messages. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type Architecture, suites } from '../../lab/names.ts';
import type { ModuleSource } from '../../provision/builder/builder.ts';
import { readBuildOutput } from '../../provision/builder/diagnostics.ts';
import { buildCommand, type KbuildPlan, kbuildPlan, plannedFiles } from '../../provision/builder/kbuild.ts';
import { environmentOf, limits } from '../../provision/builder/recipe.ts';
import { provideBubblewrap, sandboxArguments } from '../../provision/builder/sandbox/bubblewrap.ts';
import { runLimited } from '../../provision/builder/sandbox/process.ts';
import { sandboxBuilder } from '../../provision/builder/sandbox/sandbox.ts';
import { limitScript } from '../../provision/builder/sandbox/work.ts';
import { readModuleSource } from '../../provision/builder/source.ts';
import {
  isToolchainFile,
  provideToolchain,
  toolchainLinks,
  toolchainRevision,
} from '../../provision/builder/toolchain.ts';
import type { Kernel } from '../../provision/kernel/kernel.ts';
import { provideKernel } from '../../provision/kernel/provide.ts';
import { unpackTree } from '../../provision/packages/tree.ts';
import { makeWorkFolder } from '../../provision/work-folder.ts';
import { requirePart } from '../require.ts';
import { checkedKernel, checkedKernelTimeout, realContext } from './real-context.ts';

const context = realContext();
const { ok, reason } = await sandboxBuilder(context).available();
const hasSandbox = requirePart('builder sandbox', ok, reason);
const otherArch: Architecture = context.hostArch === 'amd64' ? 'arm64' : 'amd64';
const ours = fileURLToPath(new URL('../../module', import.meta.url));

const kernels: [string, () => Promise<Kernel>][] = [
  ...suites.map((suite): [string, () => Promise<Kernel>] => [
    suite,
    () => provideKernel(context, { suite, arch: context.hostArch }),
  ]),
  ['the checked kernel', () => checkedKernel(context)],
  ...suites.map((suite): [string, () => Promise<Kernel>] => [
    `${suite} on the other architecture`,
    () => provideKernel(context, { suite, arch: otherArch }),
  ]),
];

/** Runs a command as the sandbox does, on sources or without; what it printed, and the file that it made. */
async function run(kernel: Kernel, command: readonly string[], source?: ModuleSource, plan?: KbuildPlan) {
  const bubblewrap = await provideBubblewrap(context);
  const tree = await unpackTree(context, await provideToolchain(context, kernel, context.hostArch), {
    label: 'compiler and kernel headers',
    keep: isToolchainFile,
    links: toolchainLinks,
    revision: toolchainRevision,
  });
  const work = await makeWorkFolder(context, 'sandboxes');
  try {
    const files = source && [...source.files, ...plannedFiles(source.name, plan)];
    for (const [name, content] of files ?? []) {
      const file = path.join(work, source?.name ?? '', name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, content);
    }
    const env = environmentOf(kernel, context.hostArch);
    const argv = [
      ...sandboxArguments({ tree, work, env, temporaryBytes: limits.memoryBytes / 4 }),
      ...['/bin/sh', '-c', limitScript(limits), 'sh', ...command],
    ];
    const options = { deadlineMs: limits.milliseconds.sandbox, signal: context.signal, env: {} };
    const { status, output } = await runLimited([...bubblewrap, ...argv], options);
    const folder = path.join(work, source?.name ?? '');
    const ko = await readFile(path.join(folder, `${source?.name}.ko`)).catch(() => undefined);
    // Kbuild notes what an object was made of, once it has made it.
    const note = await readFile(path.join(folder, '..module-common.o.cmd'), 'utf8').catch(() => '');
    return { status, output, ko, compiledCommon: note.includes('module-common.c') && note.includes('deps_') };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

describe.skipIf(!hasSandbox).each(kernels)('for %s', (_name, provide) => {
  const planned = async (kernel: Kernel): Promise<KbuildPlan | undefined> =>
    // A machine of no name has no plan in the cache.
    kbuildPlan(
      context,
      kernel,
      `test ${process.pid} ${Math.random()}`,
      async (command) => (await run(kernel, command)).output,
    );

  test(
    'a module is the same, byte for byte',
    async () => {
      const kernel = await provide();
      const plan = await planned(kernel);
      expect(plan?.makes).toHaveLength(3);
      const source = await readModuleSource(ours);
      const long = await run(kernel, buildCommand(source.name, kernel, undefined), source);
      const short = await run(kernel, buildCommand(source.name, kernel, plan), source, plan);
      expect([long.status, short.status]).toEqual([0, 0]);
      expect(short.ko?.equals(long.ko ?? Buffer.of())).toBe(true);
      // What all modules have in common was not compiled for this one; older kernels have no such thing.
      const has = kernel.suite !== 'bookworm';
      expect([long.compiledCommon, short.compiledCommon, plan?.common !== undefined]).toEqual([
        has,
        false,
        has,
      ]);
    },
    checkedKernelTimeout,
  );

  test(
    'faults of a source are told alike',
    async () => {
      const kernel = await provide();
      const plan = await planned(kernel);
      const folder = await mkdtemp(path.join(tmpdir(), 'lab3-kbuild-'));
      try {
        const text = '#include <linux/module.h>\nstatic int unused(void) { return undeclared; }\n';
        await writeFile(path.join(folder, 'faulty.c'), text);
        const source = await readModuleSource(folder);
        const told = async (command: readonly string[], plan?: KbuildPlan) => {
          const { status, output } = await run(kernel, command, source, plan);
          const { diagnostics, text, missingLicense } = readBuildOutput(output, source, kernel.release);
          return { failed: status !== 0, diagnostics, text, missingLicense };
        };
        const long = await told(buildCommand(source.name, kernel, undefined));
        expect(long.diagnostics.length).toBeGreaterThan(0);
        expect(await told(buildCommand(source.name, kernel, plan), plan)).toEqual(long);
        await writeFile(path.join(folder, 'faulty.c'), '#include <linux/module.h>\nint used_nowhere;\n');
        const unlicensed = await readModuleSource(folder);
        const modpost = async (command: readonly string[]) => {
          const { status, output } = await run(kernel, command, unlicensed);
          return [status !== 0, readBuildOutput(output, unlicensed, kernel.release).missingLicense];
        };
        expect(await modpost(buildCommand(unlicensed.name, kernel, plan))).toEqual([true, true]);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    checkedKernelTimeout,
  );
});
