/** What a kernel's build says: how far it is, and why it failed. */
import { labError } from '../../lab/errors.ts';
import type { Architecture, CheckedKind } from '../../lab/names.ts';
import type { WorkshopEnd } from '../builder/workshop.ts';

/**
 * Lines that kbuild prints for one of our kernels of 6.12: what the time left is made of. Counted for `checked`; the
 * others are guesses.
 */
const expectedLines: Record<CheckedKind, Record<Architecture, number>> = {
  checked: { amd64: 1560, arm64: 1535 },
  kasan: { amd64: 1560, arm64: 1750 },
};

const keptLines = 60;

const phaseNames = ['unpack', 'configure', 'compile', 'pack', 'done'] as const;
type Phase = (typeof phaseNames)[number];

export class BuildLog {
  phase: Phase | 'start' = 'start';
  /** Files made so far. */
  done = 0;
  /** Settings that kconfig did not take. */
  refused: string[] = [];
  #noSpace = false;
  #noMemory = false;
  readonly total: number;
  readonly #tail: string[] = [];
  readonly #began: { readonly phase: Phase; readonly at: number }[] = [];
  readonly #now: () => number;

  /** @param now milliseconds on a clock that only goes forward */
  constructor(kind: CheckedKind, arch: Architecture, now: () => number = () => performance.now()) {
    this.total = expectedLines[kind][arch];
    this.#now = now;
  }

  /** How long each phase took that is over: `unpack 8 s, compile 240 s`. */
  get spent(): string {
    const spans = this.#began.slice(0, -1).map(({ phase, at }, index) => {
      const end = this.#began[index + 1]?.at ?? at;
      return `${phase} ${Math.round((end - at) / 1000)} s`;
    });
    return spans.join(', ');
  }

  /** Takes in one line; answers whether there is progress to show. */
  add(line: string): boolean {
    const word = /^lab3: (\w+)(?: (.*))?$/.exec(line);
    const phase = phaseNames.find((name) => name === word?.[1]);
    if (phase !== undefined) {
      this.phase = phase;
      this.#began.push({ phase, at: this.#now() });
      return true;
    }
    if (word?.[1] === 'refused') this.refused = (word[2] ?? '').split(' ').filter(Boolean);
    // `  CC      kernel/fork.o`, `  HOSTCC  scripts/basic/fixdep`
    if (/^ {2}[A-Z][A-Z0-9_]* +\S+$/.test(line)) {
      this.done += 1;
      return true;
    }
    if (/No space left on device/.test(line)) this.#noSpace = true;
    if (
      /Killed signal terminated program|virtual memory exhausted|[Cc]annot allocate memory|out of memory/.test(
        line,
      )
    )
      this.#noMemory = true;
    this.#tail.push(line);
    if (this.#tail.length > keptLines) this.#tail.shift();
    return false;
  }

  /** What was said last that is not progress. */
  get tail(): string {
    return this.#tail.join('\n');
  }

  /**
   * Throws when the build came to anything but its end.
   *
   * @param place what lies on the disk that the build fills
   */
  judge(
    kind: CheckedKind,
    { status, end }: WorkshopEnd,
    limits: { readonly milliseconds: number; readonly memoryBytes: number },
    place: string,
  ): void {
    const { phase, done, total, tail: detail } = this;
    if (end === 'too-slow') {
      const minutes = Math.round(limits.milliseconds / 60_000);
      throw labError('KernelBuildTooSlow', { kind, minutes, done, total: Math.max(done, total) }, { detail });
    }
    if (status === 0 && end === 'exited') return;
    if (this.#noSpace) throw labError('DiskFull', { path: place, needed: '1 GiB' }, { detail });
    if (end === 'out-of-memory' || this.#noMemory) {
      const mebibytes = Math.round(limits.memoryBytes / 2 ** 20);
      throw labError('KernelBuildNoMemory', { kind, mebibytes }, { detail });
    }
    const reason =
      this.refused.length > 0
        ? `this source does not take the settings ${this.refused.join(', ')}`
        : `the build ended with status ${status}`;
    throw labError('KernelBuildFailed', { kind, phase, reason }, { detail });
  }
}
