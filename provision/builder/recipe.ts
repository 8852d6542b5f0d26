/** How a module is compiled, the same in every builder: paths, arguments, environment, limits. */

import { labError } from '../../lab/errors.ts';
import type { Architecture, BuilderName } from '../../lab/names.ts';
import type { Context } from '../context.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { compilerOf } from '../kernel/toolchain.ts';
import type { BuiltModule, ModuleSource } from './builder.ts';
import { buildFolder, readBuildOutput } from './diagnostics.ts';
import { checkFits, readModuleInfo } from './modinfo.ts';

const mebibyte = 2 ** 20;

export const limits = {
  /** Wall clock. A module takes seconds; in the VM without acceleration half a minute. */
  milliseconds: { docker: 120_000, sandbox: 120_000, vm: 480_000 } satisfies Record<BuilderName, number>,
  memoryBytes: 1024 * mebibyte,
  processes: 256,
  /** Of a single file, temporary ones included. */
  fileBytes: 128 * mebibyte,
  /** Messages kept, and messages after which the build is stopped. */
  outputBytes: mebibyte / 2,
  floodBytes: 4 * mebibyte,
  koBytes: 64 * mebibyte,
};

/** Change with anything here that changes the `.ko` or its record: kept builds are made anew. */
export const recipeRevision = 2;

/** An unprivileged user of no meaning on the host. */
export const buildUser = 1000;

export const workFolder = '/build';

/**
 * The path is the same everywhere and the time is fixed, so that one source gives one `.ko`, byte for byte. BTF
 * needs pahole and the kernel's own vmlinux, and nothing here reads it.
 */
export const makeCommand = (module: string, kernel: Kernel): string[] => [
  'make',
  ...makeArguments(module, kernel),
];

export function makeArguments(module: string, kernel: Kernel): string[] {
  return [
    '-C',
    `/usr/src/linux-headers-${kernel.release}`,
    `M=${buildFolder(module)}`,
    '-j2',
    'CONFIG_DEBUG_INFO_BTF_MODULES=',
    'modules',
  ];
}

export const buildEnvironment: Readonly<Record<string, string>> = {
  PATH: '/usr/bin:/bin',
  LC_ALL: 'C',
  HOME: '/tmp',
  TMPDIR: '/tmp',
  SOURCE_DATE_EPOCH: '0',
  KBUILD_BUILD_TIMESTAMP: 'Thu Jan 1 00:00:00 UTC 1970',
  KBUILD_BUILD_USER: 'lab3',
  KBUILD_BUILD_HOST: 'lab3',
};

/**
 * The environment of a build.
 *
 * @param machine the architecture of the programs. Headers of some suites name the cross compiler themselves, those of
 * others expect to be told.
 */
export function environmentOf(
  { suite, arch }: Pick<Kernel, 'suite' | 'arch'>,
  machine: Architecture,
): Readonly<Record<string, string>> {
  if (machine === arch) return buildEnvironment;
  return { ...buildEnvironment, CROSS_COMPILE: compilerOf(suite, arch).prefix };
}

/** What a builder brings back: evidence, not judged yet. */
export interface Compilation {
  readonly builder: BuilderName;
  /** Exit status of make. */
  readonly status: number;
  readonly output: string;
  /** How it came to its end; anything but `exited` was stopped at a limit. */
  readonly end: 'exited' | 'too-slow' | 'floods' | 'out-of-memory';
  /** What `too-slow` was measured by. */
  readonly timeLimitMs: number;
  /** What `out-of-memory` was measured by. */
  readonly memoryLimitBytes: number;
  readonly ko: Uint8Array | undefined;
  readonly elapsedMs: number;
}

/** Judges a compilation: the module and its record, or whose fault it was that there is none. */
export function finishBuild(
  context: Pick<Context, 'emit'>,
  source: ModuleSource,
  kernel: Kernel,
  compilation: Compilation,
): BuiltModule {
  const { builder, status, output, end, ko, elapsedMs } = compilation;
  const module = source.name;
  const messages = readBuildOutput(output, source, kernel.release);
  const detail = messages.text;
  if (detail !== '') context.emit({ type: 'output', source: 'builder', text: detail });

  if (end === 'too-slow') {
    throw labError('BuildTooSlow', { module, seconds: compilation.timeLimitMs / 1000 }, { detail });
  }
  if (end === 'floods') {
    throw labError('BuildFloods', { module, mebibytes: limits.floodBytes / mebibyte }, { detail });
  }
  if (end === 'out-of-memory' || messages.outOfMemory) {
    const mebibytes = Math.round(compilation.memoryLimitBytes / mebibyte);
    throw labError('BuildOutOfMemory', { module, mebibytes }, { detail });
  }
  const errors = messages.diagnostics.filter(({ severity }) => severity === 'error');
  if (status !== 0 && messages.missingLicense && errors.length === 1) {
    throw labError('MissingLicense', { module }, { detail });
  }
  const [first] = errors;
  if (status !== 0 && first !== undefined) {
    throw labError(
      'ModuleDoesNotCompile',
      {
        module,
        kernel: kernel.release,
        errors: errors.length,
        first: `${first.file}:${first.line}: ${first.message}`,
        advice: messages.advice,
        diagnostics: messages.diagnostics,
      },
      { detail },
    );
  }
  if (status !== 0 || ko === undefined) {
    const reason =
      status === 0 ? `make made no ${module}.ko` : `make ended with status ${status} and no compiler error`;
    throw labError('BuilderBroken', { builder, reason }, { detail: detail || output.slice(-4000) });
  }

  const file = `${module}.ko`;
  const info = readModuleInfo(ko, file);
  checkFits(info, kernel, file);
  return {
    name: module,
    ko,
    record: {
      builder,
      compiler: info.compiler.replace(/^GCC: /, 'gcc '),
      kernelRelease: kernel.release,
      vermagic: info.vermagic,
      arch: kernel.arch,
      sourceSha256: source.sha256,
      warnings: messages.diagnostics.filter(({ severity }) => severity === 'warning'),
      cached: false,
      elapsedMs,
    },
  };
}

/** Keeps the first part of what a build prints, and counts the rest. */
export class OutputKeeper {
  private readonly chunks: Uint8Array[] = [];
  private kept = 0;
  private seen = 0;

  add(chunk: Uint8Array): void {
    this.seen += chunk.length;
    const room = limits.outputBytes - this.kept;
    if (room <= 0) return;
    const part = chunk.subarray(0, room);
    this.chunks.push(part);
    this.kept += part.length;
  }

  get floods(): boolean {
    return this.seen > limits.floodBytes;
  }

  get text(): string {
    const dropped = this.seen - this.kept;
    const text = Buffer.concat(this.chunks).toString('utf8');
    return dropped > 0 ? `${text}\n(${dropped} more bytes)\n` : text;
  }
}
