/** What the script of a run answered. The guest may be broken by then: lines of no known form are passed over. */
import type { Phase, StuckTask, TaskLook } from '../../lab/check/evidence.ts';
import { readStacks } from '../../lab/check/stacks.ts';

const maxLooks = 2000;
const maxTasks = 2048;

export interface RunOutput {
  /** How loading ended; absent where the guest did not come to say. */
  readonly watched?: (typeof watchedWords)[number];
  /** How unloading ended; absent where it was not tried or the guest did not come to say. */
  readonly unloaded?: 'unloaded' | 'kept' | 'stays';
  readonly phase: Phase;
  readonly looks: TaskLook[][];
  /** Threads that were left when the module was gone. */
  readonly outlived: TaskLook[];
  /** Where the tasks stood when time was up, the last time that it was. */
  readonly stuck: StuckTask[];
  /** Section → address, both as the guest says. */
  readonly sections: Map<string, bigint>;
  /** What insmod or rmmod said. */
  readonly said: string;
  /** Processes of this run have greater numbers. */
  readonly firstPid: number;
}

/** `late`: threads were at work when time was up; `loads`: insmod was. */
const watchedWords = ['ended', 'asleep', 'refused', 'late', 'loads'] as const;
const unloadedWords = ['unloaded', 'kept', 'stays'] as const;

/** Reads what the script of a run printed, as far as it came. */
export function readRun(output: string): RunOutput {
  const looks: TaskLook[][] = [];
  const outlived: TaskLook[] = [];
  const sections = new Map<string, bigint>();
  const said: string[] = [];
  let stuck: { look: TaskLook; lines: string[] }[] = [];
  let current: TaskLook[] = [];
  let firstPid = 0;
  let phase: Phase = 'loading';
  let watched: RunOutput['watched'];
  let unloaded: RunOutput['unloaded'];
  for (const line of output.split('\n')) {
    const section = /^(\.[\w.]{1,60}):0x([0-9a-f]{1,16})$/.exec(line);
    const seen = readTask('look', line);
    const task = readTask('task', line);
    const left = readTask('outlived', line);
    if (seen !== undefined) {
      if (current.length < maxTasks) current.push(seen);
    } else if (line === 'seen') {
      if (looks.length < maxLooks && phase !== 'unloading') looks.push(current);
      current = [];
    } else if (left !== undefined) {
      if (outlived.length < maxTasks) outlived.push(left);
    } else if (task !== undefined) {
      if (stuck.length < maxTasks) stuck.push({ look: task, lines: [line] });
    } else if (line.startsWith('[<')) stuck.at(-1)?.lines.push(line.replace(/^\[<[0-9a-f]+>\]/, ' '));
    else if (section !== null) sections.set(section[1] ?? '', BigInt(`0x${section[2]}`));
    else if (/^pid \d{1,9}$/.test(line)) firstPid = Number(line.slice(4));
    else if (line === 'unloading') {
      phase = 'unloading';
      stuck = [];
    } else {
      const loading = phase === 'loading' ? watchedWords.find((word) => word === line) : undefined;
      const ending = phase === 'unloading' ? unloadedWords.find((word) => word === line) : undefined;
      if (loading !== undefined) {
        watched = loading;
        if (loading !== 'refused' && loading !== 'loads') phase = 'running';
      } else if (ending !== undefined) {
        unloaded = ending;
        if (ending === 'unloaded') phase = 'unloaded';
      } else if (line !== '') said.push(line);
    }
  }
  return {
    ...(watched === undefined ? {} : { watched }),
    ...(unloaded === undefined ? {} : { unloaded }),
    phase,
    looks,
    outlived,
    stuck: stuck.map(toStuck),
    sections,
    said: said.join('\n').slice(0, 4000),
    firstPid,
  };
}

function toStuck({ look, lines }: { look: TaskLook; lines: string[] }): StuckTask {
  const raw = lines.join('\n');
  return { ...look, frames: readStacks(raw).flatMap(({ frames }) => frames), raw };
}

function readTask(word: string, line: string): TaskLook | undefined {
  const found = /^(\w+) (\d{1,9}) ([A-Za-z]) (\d{1,5}) (.{1,64})$/.exec(line);
  if (found === null || found[1] !== word) return undefined;
  return { pid: Number(found[2]), state: found[3] ?? '', cpu: Number(found[4]), name: found[5] ?? '' };
}
