/** Evidence of one run as the guest would have left it, in the shape that a test asks for. */
import type { CheckSpec, ModuleCode, RunEvidence } from '../../../lab/check/evidence.ts';
import type { Frame } from '../../../lab/check/stacks.ts';
import { parseConsole } from '../../../lab/console.ts';

export const spec = (over: Partial<CheckSpec> = {}): CheckSpec => ({
  lock: 'own',
  nThreads: 4,
  increment: 2,
  nTimes: 100_000,
  vcpus: 2,
  expected: '800000',
  moduleParams: {},
  number: 1,
  locked: true,
  asItIs: false,
  shape: 'whole',
  kernel: 'checked',
  ...over,
});

/** Every 16 bytes of a function are a line of its own, from `lines[function]`; a frame that returns is one byte on. */
export function code(lines: Readonly<Record<string, number>>, name = 'lab3'): ModuleCode {
  const locate = ({ function: called, offset, exact }: Frame) => {
    const from = lines[called];
    const line = from === undefined ? undefined : from + Math.floor((offset - (exact ? 0 : 1)) / 16);
    return line === undefined ? undefined : { file: `${name}.c`, line, function: called };
  };
  return { name, locate, lineText: () => undefined, writes: [] };
}

export function evidence(text: string, over: Partial<RunEvidence> = {}): RunEvidence {
  return {
    spec: spec(),
    text,
    events: parseConsole(text),
    phase: 'unloaded',
    reached: 'unloaded',
    said: '',
    looks: [],
    outlived: [],
    stuck: [],
    elapsedMs: 100,
    ...over,
  };
}
