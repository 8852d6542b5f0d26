/** One module of a submission compiled: what it came to, and whose fault it is where there is none. */
import { type ErrorName, LabError } from '../../lab/errors.ts';
import type { Diagnostic } from '../../lab/result.ts';
import { buildModule } from '../../provision/builder/build.ts';
import type { BuiltModule, ModuleSource } from '../../provision/builder/builder.ts';
import { changeFor } from '../../provision/builder/kernel-api.ts';
import type { Context } from '../../provision/context.ts';
import type { Kernel } from '../../provision/kernel/kernel.ts';
import { withCompatibility } from './compat.ts';
import type { DroppedInterface, ModuleEvidence } from './evidence.ts';
import type { GradeRequest } from './request.ts';

export interface TriedBuild {
  readonly build: ModuleEvidence['build'];
  /** What was compiled: with the compatibility header where it took that. */
  readonly source: ModuleSource;
  readonly module?: BuiltModule;
}

type Settings = Pick<GradeRequest, 'builder' | 'mirror'> & {
  readonly settings: Pick<GradeRequest['settings'], 'compatibility' | 'limits'>;
};

const mostLog = 16 * 1024;
const mostDiagnostics = 100;

/** Faults of the source, by what they come to. Any other is this computer's and thrown. */
const statuses: Partial<Record<ErrorName, ModuleEvidence['build']['status']>> = {
  ModuleDoesNotCompile: 'compile-error',
  MissingLicense: 'compile-error',
  BuildTooSlow: 'too-slow',
  BuildFloods: 'too-large',
  BuildOutOfMemory: 'too-large',
  SourceTooLarge: 'too-large',
  NoModuleSource: 'refused',
  SeveralSources: 'refused',
  SeveralModules: 'refused',
  ModuleObjectWithoutSource: 'refused',
  ModuleNamedModule: 'refused',
  ModuleNameInvalid: 'refused',
};

/** Throws errors of this computer, and interruptions. */
export async function tryBuild(
  context: Context,
  source: ModuleSource,
  kernel: Kernel,
  request: Settings,
): Promise<TriedBuild> {
  try {
    return built(source, await compile(context, source, kernel, request), [], false);
  } catch (error) {
    const build = failedBuild(error);
    if (build === undefined) throw error;
    const dropped = droppedIn(build.diagnostics, source, kernel.release);
    const again = request.settings.compatibility && dropped.length > 0;
    const rescued = again ? await rescue(context, source, kernel, request, dropped) : undefined;
    return rescued ?? { build: { ...build, dropped }, source };
  }
}

export function compile(
  context: Context,
  source: ModuleSource,
  kernel: Kernel,
  { builder, mirror, settings }: Settings,
): Promise<BuiltModule> {
  return buildModule(context, builder, source, kernel, {
    mirror,
    timeLimitMs: settings.limits.buildSeconds * 1000,
    memoryLimitBytes: settings.limits.buildMemoryBytes,
  });
}

/** With the header. If it builds now, dropped interfaces were its only fault. */
async function rescue(
  context: Context,
  source: ModuleSource,
  kernel: Kernel,
  request: Settings,
  dropped: readonly DroppedInterface[],
): Promise<TriedBuild | undefined> {
  const helped = await withCompatibility(source);
  try {
    return built(helped, await compile(context, helped, kernel, request), dropped, true);
  } catch (error) {
    if (failedBuild(error) === undefined) throw error;
    return undefined;
  }
}

function built(
  source: ModuleSource,
  module: BuiltModule,
  dropped: readonly DroppedInterface[],
  compatibility: boolean,
): TriedBuild {
  // The header reads printk.h before the student's file can say what pr_fmt is.
  const ours = ({ message }: Diagnostic) => compatibility && message.startsWith('"pr_fmt" redefined');
  const diagnostics = module.record.warnings.filter((one) => !ours(one)).slice(0, mostDiagnostics);
  return {
    build: { status: 'built', what: '', diagnostics, dropped, compatibility, log: logOf(diagnostics) },
    source,
    module,
  };
}

const logOf = (diagnostics: readonly Diagnostic[]) =>
  diagnostics
    .map(({ file, line, severity, message, flag }) => {
      const end = flag === undefined ? '' : ` [${flag}]`;
      return `${file}:${line}: ${severity}: ${message}${end}`;
    })
    .join('\n')
    .slice(0, mostLog);

/** The evidence of a build that failed by the source's fault; undefined for any other error. */
export function failedBuild(error: unknown): ModuleEvidence['build'] | undefined {
  if (!(error instanceof LabError)) return undefined;
  const status = statuses[error.name];
  if (status === undefined) return undefined;
  const { diagnostics = [] } = error.params as { diagnostics?: readonly Diagnostic[] };
  return {
    status,
    what: error.message,
    diagnostics: diagnostics.slice(0, mostDiagnostics),
    dropped: [],
    compatibility: false,
    log: (error.detail ?? '').slice(0, mostLog),
  };
}

/** Calls that newer kernels dropped, each at the first place where it stands in the way. */
export function droppedIn(
  diagnostics: readonly Diagnostic[],
  source: Pick<ModuleSource, 'files' | 'originals'>,
  release: string,
): DroppedInterface[] {
  const lines = linesOf(source);
  const found = new Map<string, DroppedInterface>();
  for (const { severity, file, line, message } of diagnostics) {
    if (severity !== 'error') continue;
    const change = changeFor(message, lines.get(file)?.[line - 1] ?? '', release);
    if (change?.since === undefined || found.has(change.call)) continue;
    const { call, since, instead } = change;
    found.set(call, { call, since, instead, ...(lines.has(file) ? { file, line } : {}) });
  }
  return [...found.values()];
}

function linesOf({ files, originals }: Pick<ModuleSource, 'files' | 'originals'>): Map<string, string[]> {
  return new Map(
    [...files].map(([name, content]) => [
      originals.get(name) ?? name,
      Buffer.from(content).toString('utf8').split('\n'),
    ]),
  );
}
