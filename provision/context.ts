import type { Emit } from '../lab/events.ts';
import type { Architecture } from '../lab/names.ts';

/**
 * What every function here needs to know of the computer it runs on. The platform is a value, not a global,
 * so that a test can say "this is Windows".
 */
export interface Context {
  readonly platform: NodeJS.Platform;
  /** Debian's name of this computer's architecture. */
  readonly hostArch: Architecture;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Our cache folder; it exists and is ours. */
  readonly cacheDir: string;
  readonly emit: Emit;
  /** Aborted by Ctrl-C or SIGTERM; every wait listens to it. */
  readonly signal: AbortSignal;
}
