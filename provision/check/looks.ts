/** The answers of a check's scripts. The guest may be broken by then: lines of no known form are passed over. */
import type { StuckTask, TaskLook } from '../../lab/check/evidence.ts';
import { readStacks } from '../../lab/check/stacks.ts';

const maxLooks = 2000;
const maxTasks = 2048;

export interface Watched {
  readonly ending: 'ended' | 'asleep' | 'failed' | 'late' | undefined;
  readonly looks: TaskLook[][];
  /** Section → address, both as the guest says. */
  readonly sections: Map<string, bigint>;
  readonly said: string;
  /** Processes of this run have greater numbers. */
  readonly firstPid: number;
}

export function readWatch(output: string): Watched {
  const looks: TaskLook[][] = [];
  const sections = new Map<string, bigint>();
  const said: string[] = [];
  let current: TaskLook[] = [];
  let firstPid = 0;
  let ending: Watched['ending'];
  for (const line of output.split('\n')) {
    const task = readTask('look', line);
    const section = /^(\.[\w.]{1,60}):0x([0-9a-f]{1,16})$/.exec(line);
    if (task !== undefined) {
      if (current.length < maxTasks) current.push(task);
    } else if (line.startsWith('seen ')) {
      if (looks.length < maxLooks) looks.push(current);
      current = [];
    } else if (section !== null) sections.set(section[1] ?? '', BigInt(`0x${section[2]}`));
    else if (/^(?:ended|asleep|failed|late)$/.test(line)) ending = line as Watched['ending'];
    else if (/^pid \d{1,9}$/.test(line)) firstPid = Number(line.slice(4));
    else if (!/^(?:time \d+|status \d+|)$/.test(line)) said.push(line);
  }
  return { ending, looks, sections, said: said.join('\n').slice(0, 4000), firstPid };
}

export interface Unloaded {
  readonly ending: 'unloaded' | 'failed' | 'late' | undefined;
  readonly outlived: TaskLook[];
  readonly said: string;
}

export function readUnload(output: string): Unloaded {
  const lines = output.split('\n');
  const outlived = lines.flatMap((line) => readTask('outlived', line) ?? []).slice(0, maxTasks);
  const said = lines.filter((line) => !/^(?:outlived |unloaded$|failed$|late$|status )/.test(line));
  const ending = lines.findLast((line) => /^(?:unloaded|failed|late)$/.test(line)) as Unloaded['ending'];
  return { ending, outlived, said: said.join('\n').trim().slice(0, 4000) };
}

/** Tasks with their stacks, from the lines of `/proc/PID/stack` below each. */
export function readStuck(output: string): StuckTask[] {
  const tasks: { look: TaskLook; lines: string[] }[] = [];
  for (const line of output.split('\n')) {
    const look = readTask('task', line);
    if (look !== undefined) {
      if (tasks.length < maxTasks) tasks.push({ look, lines: [line] });
    } else if (line.startsWith('[<')) tasks.at(-1)?.lines.push(line.replace(/^\[<[0-9a-f]+>\]/, ' '));
  }
  return tasks.map(({ look, lines }) => {
    const raw = lines.join('\n');
    return { ...look, frames: readStacks(raw).flatMap(({ frames }) => frames), raw };
  });
}

function readTask(word: string, line: string): TaskLook | undefined {
  const found = /^(\w+) (\d{1,9}) ([A-Za-z]) (\d{1,5}) (.{1,64})$/.exec(line);
  if (found === null || found[1] !== word) return undefined;
  return { pid: Number(found[2]), state: found[3] ?? '', cpu: Number(found[4]), name: found[5] ?? '' };
}
