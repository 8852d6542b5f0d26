/** What the script of a graded run printed, as far as it came. The guest may be broken by then. */
import { againMark, word } from './script.ts';
import { readThreads, type ThreadCounts } from './threads.ts';

export interface RunAnswer {
  /** The last phase that was begun. */
  readonly phase: 'starting' | 'loading' | 'running' | 'unloading' | 'unloaded';
  /** Exit status of insmod, or `late`; absent where it was not seen to return. */
  readonly loaded?: number | 'late';
  /** What insmod took, in ms, to a hundredth of a second. */
  readonly loadMs?: number;
  readonly unloaded?: number | 'late';
  /** Threads had not come to their end, or to rest, when time was up. */
  readonly timeLimit: boolean;
  /** The most threads that were seen at once by looking, where nothing was traced. */
  readonly seen?: number;
  readonly cycles: number;
  readonly outlived: readonly string[];
  /** What insmod and rmmod said. */
  readonly said: string;
  /** Task → where it waits, innermost first. */
  readonly stacks: readonly { readonly task: string; readonly frames: readonly string[] }[];
  readonly threads?: ThreadCounts;
}

const most = { outlived: 1024, said: 4000, stacks: 8, frames: 16, cycles: 10_000 };

/** Of the first cycle, and of all that came after it where it went well. */
export function readAnswers(output: string): { readonly first: RunAnswer; readonly again?: RunAnswer } {
  const lines = output.split('\n');
  const end = lines.indexOf(`${word} cycle 1`) + 1;
  if (end === 0 || !lines.includes(`${word} loading`, end)) return { first: readAnswer(output) };
  const traced = lines.indexOf(`${word} trace`, end);
  const [said, trace] = traced < 0 ? [lines.slice(end), []] : [lines.slice(end, traced), lines.slice(traced)];
  const marked = trace.findIndex((line) => isAgain.test(line));
  const header = trace.findIndex((line) => line.startsWith('# tracer: ')) + 1;
  const [before, after] = marked < 0 ? [trace, []] : [trace.slice(0, marked), trace.slice(marked)];
  const join = (...parts: string[][]) => readAnswer(parts.flat().join('\n'));
  const again = join(said, trace.slice(0, header), after);
  return {
    first: join(lines.slice(0, end), before),
    again: { ...again, cycles: Math.max(again.cycles, 1) },
  };
}

const isAgain = new RegExp(`^\\s*tracing_mark_write: ${againMark}\\s*$`);

export function readAnswer(output: string): RunAnswer {
  let phase: RunAnswer['phase'] = 'starting';
  let loaded: RunAnswer['loaded'];
  let loadMs: number | undefined;
  let unloaded: RunAnswer['unloaded'];
  let seen: number | undefined;
  let timeLimit = false;
  let cycles = 0;
  const outlived: string[] = [];
  const said: string[] = [];
  const stacks: { task: string; frames: string[] }[] = [];
  const trace: string[] = [];
  let into: 'said' | 'stack' | 'trace' = 'said';
  for (const line of output.split('\n')) {
    const [, kind, rest = ''] = new RegExp(`^${word} ([a-z-]+) ?(.*)$`, 's').exec(line) ?? [];
    if (kind === undefined || (into === 'trace' && kind !== 'end')) {
      if (into === 'trace') trace.push(line);
      else if (into === 'said') said.push(line);
      else {
        const [, frame] = /^\[<[0-9a-fx]+>\] (\S{1,200})/.exec(line) ?? [];
        if (frame !== undefined && (stacks.at(-1)?.frames.length ?? most.frames) < most.frames)
          stacks.at(-1)?.frames.push(frame);
      }
      continue;
    }
    into = 'said';
    switch (kind) {
      case 'loading':
        phase = 'loading';
        break;
      case 'loaded':
        loaded = statusOf(rest);
        if (loaded === 0) phase = 'running';
        break;
      case 'took':
        loadMs = 10 * Number(/^\d{1,6}/.exec(rest)?.[0] ?? 0);
        break;
      case 'settled':
        seen = Math.max(seen ?? 0, Number(/^\d{1,6}/.exec(rest)?.[0] ?? 0));
        break;
      case 'time-limit':
        timeLimit = true;
        break;
      case 'unloading':
        phase = 'unloading';
        break;
      case 'unloaded':
        unloaded = statusOf(rest);
        if (unloaded === 0) phase = 'unloaded';
        break;
      case 'cycle':
        cycles = Math.min(Number(/^\d{1,6}$/.exec(rest)?.[0] ?? 0), most.cycles);
        break;
      case 'outlived':
        if (outlived.length < most.outlived) outlived.push(rest.slice(0, 64));
        break;
      case 'stack':
        if (stacks.length < most.stacks) stacks.push({ task: rest.slice(0, 64), frames: [] });
        into = 'stack';
        break;
      case 'trace':
        into = 'trace';
        break;
    }
  }
  const threads = readThreads(trace);
  return {
    phase,
    ...(loaded === undefined ? {} : { loaded }),
    ...(loadMs === undefined ? {} : { loadMs }),
    ...(unloaded === undefined ? {} : { unloaded }),
    timeLimit,
    ...(seen === undefined ? {} : { seen }),
    cycles,
    outlived,
    said: said.join('\n').trim().slice(0, most.said),
    stacks,
    ...(threads === undefined ? {} : { threads }),
  };
}

function statusOf(text: string): number | 'late' | undefined {
  if (text === 'late') return 'late';
  return /^\d{1,3}$/.test(text) ? Number(text) : undefined;
}
