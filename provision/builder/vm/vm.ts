/** Builder `vm`: the same toolchain inside the lab's own virtual machine. Works wherever QEMU does, but slowly. */
import { LabError, labError } from '../../../lab/errors.ts';
import { step } from '../../../lab/events.ts';
import type { Context } from '../../context.ts';
import type { Guest } from '../../guest/guest.ts';
import { startGuest } from '../../guest/qemu/start.ts';
import { findInstalledQemu } from '../../host/qemu.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { provideKernel } from '../../kernel/provide.ts';
import { shellWord } from '../../shell-word.ts';
import type { Builder, BuilderOptions, BuiltModule, ModuleSource } from '../builder.ts';
import { buildFolder } from '../diagnostics.ts';
import { buildCommand, kbuildPlan, plannedFiles } from '../kbuild.ts';
import { buildEnvironment, type Compilation, finishBuild, limits, OutputKeeper } from '../recipe.ts';
import { provideToolchain } from '../toolchain.ts';
import { toolchainArchive, toolchainRoot } from './archive.ts';

/** The archive twice, packed and unpacked, and a compiler at work. */
const leastMemoryMiB = 1024;
const callDeadlineMs = 30_000;

export function vmBuilder(context: Context, options: BuilderOptions = {}): Builder {
  return {
    name: 'vm',
    available: () => available(context),
    build: (source, kernel) => build(context, source, kernel, options),
  };
}

async function available(context: Context): Promise<{ ok: boolean; reason: string }> {
  try {
    const found = await findInstalledQemu(context, context.hostArch);
    if ('qemu' in found) return { ok: true, reason: `QEMU ${found.qemu.version}` };
    if (context.platform === 'linux') return { ok: true, reason: 'QEMU from packages' };
    return { ok: false, reason: `QEMU is not installed (looked at ${found.tried.join(', ')})` };
  } catch (error) {
    return { ok: false, reason: error instanceof LabError ? error.message : String(error) };
  }
}

async function build(
  context: Context,
  source: ModuleSource,
  kernel: Kernel,
  { mirror, timeLimitMs = limits.milliseconds.vm, memoryLimitBytes = limits.memoryBytes }: BuilderOptions,
): Promise<BuiltModule> {
  // A checked kernel is slow at what a compiler does, and the module is only compiled here.
  const { suite, arch } = kernel;
  const host = kernel.kind === 'stock' ? kernel : await provideKernel(context, { suite, arch, mirror });
  const toolchain = await provideToolchain(context, kernel, kernel.arch, mirror);
  const archive = await toolchainArchive(context, toolchain);
  return step(context.emit, `Compiling ${source.name} (vm)`, async (shown) => {
    shown.note('without hardware acceleration this takes about half a minute');
    const started = performance.now();
    const memoryMiB = Math.max(leastMemoryMiB, Math.ceil(memoryLimitBytes / 2 ** 20));
    const guest = await startGuest(
      { ...context, emit: shown.emit },
      { kernel: host, vcpus: 2, memoryMiB, archives: [archive] },
      { mirror },
    );
    let compilation: Omit<Compilation, 'elapsedMs'>;
    try {
      compilation = await compile(context, guest, source, kernel, { timeLimitMs, memoryLimitBytes });
    } finally {
      await guest.kill();
    }
    const elapsedMs = performance.now() - started;
    const built = finishBuild({ emit: shown.emit }, source, kernel, { ...compilation, elapsedMs });
    shown.summary(built.record.compiler);
    return built;
  });
}

async function compile(
  context: Context,
  guest: Guest,
  source: ModuleSource,
  kernel: Kernel,
  { timeLimitMs, memoryLimitBytes }: Pick<Compilation, 'timeLimitMs' | 'memoryLimitBytes'>,
): Promise<Omit<Compilation, 'elapsedMs'>> {
  const inGuest = `/${toolchainRoot}${buildFolder(source.name)}`;
  const folders = new Set(
    [...source.files.keys()].map((name) => `${inGuest}/${name}`.replace(/\/[^/]*$/, '')),
  );
  await setUp(guest, [...folders]);
  for (const [name, content] of source.files) await guest.send(`${inGuest}/${name}`, content);

  const environment = Object.entries(buildEnvironment).map(([name, value]) => `${name}=${value}`);
  const scriptOf = (command: readonly string[]) =>
    [
      `ulimit -v ${Math.floor((memoryLimitBytes / 1024) * 0.75)}`,
      `ulimit -f ${limits.fileBytes / 512}`,
      `exec chroot /${toolchainRoot} ${['env', '-i', ...environment, ...command].map(shellWord).join(' ')}`,
    ].join('\n');
  const plan = await kbuildPlan(context, kernel, guest.info.arch, async (command) => {
    const said = await guest.run(scriptOf(command), {
      deadlineMs: timeLimitMs,
      limitBytes: limits.outputBytes,
    });
    return said.output;
  });
  for (const [name, content] of plannedFiles(source.name, plan))
    await guest.send(`${inGuest}/${name}`, content);
  const script = scriptOf(buildCommand(source.name, kernel, plan));
  const output = new OutputKeeper();
  const { status, timedOut } = await guest
    .run(script, {
      deadlineMs: timeLimitMs,
      limitBytes: 0,
      onOutput: (chunk) => {
        output.add(chunk);
        if (output.floods) void guest.kill();
      },
    })
    .catch((error: unknown) => {
      if (!output.floods) throw error;
      return { status: 137, timedOut: false };
    });
  const file = `${inGuest}/${source.name}.ko`;
  const ko =
    status === 0 && !timedOut ? await guest.receive(file, { limitBytes: limits.koBytes }) : undefined;
  const end = timedOut ? 'too-slow' : output.floods ? 'floods' : 'exited';
  return { builder: 'vm', status, output: output.text, end, timeLimitMs, memoryLimitBytes, ko };
}

async function setUp(guest: Guest, folders: readonly string[]): Promise<void> {
  const script = [
    `mount --bind /dev /${toolchainRoot}/dev`,
    `chmod 1777 /${toolchainRoot}/tmp`,
    `mkdir -p ${folders.map(shellWord).join(' ')}`,
  ].join(' && ');
  const { status, output } = await guest.run(script, { deadlineMs: callDeadlineMs });
  if (status !== 0) throw labError('BuilderBroken', { builder: 'vm', reason: output.trim().slice(0, 200) });
}
