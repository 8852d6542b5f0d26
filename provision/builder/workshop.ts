/**
 * A long job in a root made of packages, as isolated as a module's build: no network, no right, no file of this
 * computer's. What building a kernel needs beyond what building a module does: time, memory, files that go in and out.
 */
import type { Architecture } from '../../lab/names.ts';
import type { DebFile } from '../packages/provide.ts';

/** Below the work folder, which in a container belongs to root. */
export const jobName = 'work';

export interface WorkshopJob {
  /** What the root is made of. */
  readonly debs: readonly DebFile[];
  /** What it is for, in progress and in the name of what is kept of it. */
  readonly label: string;
  /** Runs with `sh`; the folder `/build/work` is its own. */
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
  /** Name in `/build/work/input/` → file of this computer, or bytes. */
  readonly inputs: Readonly<Record<string, string | Uint8Array>>;
  /** Name in `/build/work/output/` → the most bytes it may have. */
  readonly outputs: Readonly<Record<string, number>>;
  readonly limits: {
    readonly milliseconds: number;
    readonly memoryBytes: number;
    readonly processes: number;
    /** Of a single file. */
    readonly fileBytes: number;
  };
  /** Each line that the script prints, standard output and error alike. */
  onLine(line: string): void;
}

export interface WorkshopEnd {
  /** Exit status of the script. */
  readonly status: number;
  readonly end: 'exited' | 'too-slow' | 'out-of-memory';
}

export interface Workshop {
  readonly name: 'docker' | 'sandbox';
  /** Of the programs that run in it. */
  readonly arch: Architecture;
  /**
   * When the script ends with 0, its outputs are in `folder`, regular files all; one that is missing or too large
   * makes the status 1. Leaves no process, container or work folder. Throws errors of the computer's and Interrupted.
   */
  run(job: WorkshopJob, folder: string): Promise<WorkshopEnd>;
}

const longestLine = 4096;

/** Cuts a stream of bytes into lines; what has no end of line after 4 KiB counts as one. */
export function lineSplitter(onLine: (line: string) => void): {
  add: (chunk: Uint8Array) => void;
  end: () => void;
} {
  const decoder = new TextDecoder();
  let rest = '';
  const flush = (text: string) => {
    rest += text;
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line.replace(/\r$/, '').slice(0, longestLine));
    if (rest.length > longestLine) {
      onLine(rest.slice(0, longestLine));
      rest = '';
    }
  };
  return {
    add: (chunk) => flush(decoder.decode(chunk, { stream: true })),
    end: () => {
      flush(decoder.decode());
      if (rest !== '') onLine(rest);
      rest = '';
    },
  };
}
