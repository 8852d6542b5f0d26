import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readAnswer, readAnswers } from '../../../grade/engine/answer.ts';
import { readThreads } from '../../../grade/engine/threads.ts';

const trace = [
  '# tracer: nop',
  '#',
  'sched_process_fork: comm=kthreadd pid=2 child_comm=kthreadd child_pid=70',
  'task_rename: pid=70 oldcomm=kthreadd newcomm=adder/0 oom_score_adj=0',
  'sched_process_fork: comm=kthreadd pid=2 child_comm=kthreadd child_pid=71',
  'task_rename: pid=71 oldcomm=kthreadd newcomm=kworker/1:2 oom_score_adj=0',
  'sched_process_fork: comm=kthreadd pid=2 child_comm=adder/1 child_pid=72',
  'sched_process_fork: comm=kthreadd pid=2 child_comm=kworker/u8:1 child_pid=73',
  'sched_process_exit: comm=adder/0 pid=70 prio=120',
  'sched_process_exit: comm=sh pid=64 prio=120',
  'tracing_mark_write: lab3 unloading',
  'sched_process_exit: comm=adder/1 pid=72 prio=120 group_dead=true',
];
const traced = trace.map((line, at) => (at < 2 ? line : ` ${line}`));

describe('the trace', () => {
  test('counts threads made, at once and at the unload; workers of the kernel are its own', () => {
    expect(readThreads(traced)).toEqual({ made: 2, atOnce: 2, atUnload: 1 });
  });

  test('of a machine that has run before begins at the last run’s own mark', () => {
    const [header = '', ...lines] = traced;
    const mark = '  tracing_mark_write: lab3 began';
    const run = lines.slice(4);
    expect(readThreads([header, mark, ...lines, mark, ...run])).toEqual(readThreads([header, ...run]));
    expect(readThreads([header, ...lines, mark])).toEqual({ made: 0, atOnce: 0 });
  });

  test('no thread is not no trace', () => {
    expect(readThreads(['# tracer: nop'])).toEqual({ made: 0, atOnce: 0 });
    expect(readThreads([])).toBeUndefined();
    expect(readThreads(['cat: trace: No such file'])).toBeUndefined();
  });

  test('a thread that is called like a line of the trace is one thread', () => {
    const odd = [
      '# tracer: nop',
      'sched_process_fork: comm=kthreadd pid=2 child_comm=kthreadd child_pid=70',
      'task_rename: pid=70 oldcomm=kthreadd newcomm=pid=99 prio=1 oom_score_adj=0',
      'sched_process_exit: comm= pid=70 prio=1 pid=70 prio=120',
    ];
    expect(readThreads(odd)).toEqual({ made: 1, atOnce: 1 });
  });

  test('of any content is read', () => {
    const lines = fc.array(fc.oneof(fc.constantFrom(...traced), fc.string({ unit: 'binary' })));
    fc.assert(
      fc.property(lines, (some) => {
        const counts = readThreads(some);
        if (counts !== undefined) expect(counts.atOnce).toBeLessThanOrEqual(counts.made);
      }),
    );
  });
});

describe('the answer of a run', () => {
  test('that went to its end', () => {
    const said = [
      'lab3-grade loading',
      'lab3-grade loaded 0',
      'lab3-grade took 47',
      'lab3-grade settled 4 0',
      'lab3-grade unloading',
    ];
    const answer = readAnswer(
      [...said, 'lab3-grade unloaded 0', 'lab3-grade trace', ...traced, 'lab3-grade end'].join('\n'),
    );
    expect(answer).toEqual({
      phase: 'unloaded',
      loaded: 0,
      loadMs: 470,
      unloaded: 0,
      timeLimit: false,
      seen: 4,
      cycles: 0,
      outlived: [],
      said: '',
      stacks: [],
      threads: { made: 2, atOnce: 2, atUnload: 1 },
    });
  });

  test('that ended in the middle', () => {
    const answer = readAnswer(
      'lab3-grade loading\ninsmod: can’t insert\nlab3-grade loaded 1\nlab3-grade outlived adder/0\n',
    );
    expect(answer).toMatchObject({
      phase: 'loading',
      loaded: 1,
      said: 'insmod: can’t insert',
      outlived: ['adder/0'],
    });
    expect(answer).not.toHaveProperty('unloaded');
    expect(answer).not.toHaveProperty('threads');
  });

  test('that hung says where tasks wait', () => {
    const text = `lab3-grade loading
lab3-grade loaded 0
lab3-grade settled 2 2
lab3-grade time-limit
lab3-grade unloading
lab3-grade unloaded late
lab3-grade stack rmmod
[<0>] kthread_stop+0x4e/0x130
[<0>] lab_exit+0x20/0x1000 [lab]
lab3-grade trace
lab3-grade end`;
    expect(readAnswer(text)).toMatchObject({
      phase: 'unloading',
      unloaded: 'late',
      timeLimit: true,
      stacks: [{ task: 'rmmod', frames: ['kthread_stop+0x4e/0x130', 'lab_exit+0x20/0x1000'] }],
    });
  });

  describe('of several loads', () => {
    const load = [
      'lab3-grade loading',
      'lab3-grade loaded 0',
      'lab3-grade unloading',
      'lab3-grade unloaded 0',
    ];
    const once = [...load, 'lab3-grade cycle 1'];
    const end = ['lab3-grade trace', ...traced, ' tracing_mark_write: lab3 again', ...traced.slice(2, 4)];
    const read = (...lines: string[]) => readAnswers(lines.join('\n'));

    test('is one of the first, and one of those after it', () => {
      const { first, again } = read(...once, ...load, 'lab3-grade cycle 2', ...end);
      expect(first).toMatchObject({ phase: 'unloaded', cycles: 1, threads: { made: 2, atUnload: 1 } });
      expect(again).toMatchObject({ phase: 'unloaded', cycles: 2, threads: { made: 1, atOnce: 1 } });
    });

    test('of which a later one fails', () => {
      const { first, again } = read(...once, 'lab3-grade loading', 'lab3-grade loaded 17', ...end);
      expect(first).toMatchObject({ phase: 'unloaded', unloaded: 0 });
      expect(again).toMatchObject({ phase: 'loading', loaded: 17, cycles: 1 });
    });

    test('of which there was one', () => {
      expect(read(...once, ...end)).toEqual({ first: expect.objectContaining({ cycles: 1 }) });
      expect(read('lab3-grade loading', 'lab3-grade loaded 1')).toMatchObject({ first: { cycles: 0 } });
    });
  });

  test('of any content is read, within bounds', () => {
    const line = fc.oneof(
      fc
        .constantFrom('loaded', 'took', 'unloaded', 'cycle', 'outlived', 'settled', 'stack', 'trace', 'end')
        .chain((kind) => fc.string({ unit: 'binary' }).map((rest) => `lab3-grade ${kind} ${rest}`)),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const answer = readAnswer(lines.join('\n'));
        expect(answer.said.length).toBeLessThanOrEqual(4000);
        expect(answer.outlived.every((name) => name.length <= 64)).toBe(true);
      }),
    );
  });
});
