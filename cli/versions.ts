/** Versions of all that a run would use, as far as this computer knows them: nothing is downloaded or written. */
import { defaultConfig } from '../lab/config.ts';
import type { Architecture, Suite } from '../lab/names.ts';
import type { Context } from '../provision/context.ts';
import { within } from '../provision/deadline.ts';
import { findInstalledQemu, recallPackagedQemu } from '../provision/host/qemu.ts';
import { recallRelease } from '../provision/kernel/provide.ts';
import { readConfig } from './lab.ts';
import { version } from './package-files.ts';

export interface Versions {
  readonly lab3: string;
  readonly kernel: {
    readonly suite: Suite;
    readonly arch: Architecture;
    /** As lab3.yaml pins it. */
    readonly pinned: string | null;
    /** What the pin, or the newest of the suite, turned out to be; null before the first run. */
    readonly release: string | null;
    readonly version: string | null;
  };
  /** Null where there is none yet. */
  readonly qemu: { readonly version: string; readonly source: 'path' | 'packages' } | null;
}

/** A QEMU that takes longer to say its version is one that has not said it. */
const qemuDeadlineMs = 3_000;

export async function findVersions(context: Context, cwd: string): Promise<Versions> {
  // A mistake in lab3.yaml is for the commands that need it to complain about.
  const config = await readConfig(cwd, {}).catch(() => defaultConfig());
  const { suite, arch = context.hostArch, kernel, mirror } = config;
  const [choice, qemu] = await Promise.all([
    recallRelease(context, { suite, arch, version: kernel, mirror }),
    qemuVersion(context, arch, mirror),
  ]);
  return {
    lab3: version(),
    kernel: {
      suite,
      arch,
      pinned: kernel ?? null,
      release: choice?.release ?? null,
      version: choice?.version ?? null,
    },
    qemu,
  };
}

async function qemuVersion(
  context: Context,
  arch: Architecture,
  mirror: string | undefined,
): Promise<Versions['qemu']> {
  const found = await within(context.signal, qemuDeadlineMs, (signal) =>
    findInstalledQemu({ ...context, signal }, arch),
  ).catch(() => undefined);
  if (found !== undefined && 'qemu' in found) return { version: found.qemu.version, source: 'path' };
  const packaged = context.platform === 'linux' ? await recallPackagedQemu(context, arch, mirror) : undefined;
  return packaged === undefined ? null : { version: packaged, source: 'packages' };
}
