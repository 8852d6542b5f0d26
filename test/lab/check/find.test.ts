import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { RunEvidence } from '../../../lab/check/evidence.ts';
import { gather, runDrafts } from '../../../lab/check/find.ts';
import { readOutcome } from '../../../lab/outcome.ts';
import { code, evidence, spec } from './sample.ts';

const log = (name: string) =>
  readFileSync(new URL(`../data/kernel-log/${name}.txt`, import.meta.url), 'utf8');

const ours = code({ add_none: 180, worker_run: 300 });
const theirs = code({ worker: 40, faulty_init: 80, faulty_exit: 120, spin: 60 }, 'faulty');

function found(runs: readonly RunEvidence[], of = ours) {
  return gather(
    runs.map((run) => {
      const judged = { run, outcome: readOutcome(run.text, run.spec) };
      return { judged, drafts: runDrafts(judged, of) };
    }),
  );
}

const kinds = (text: string, over: Partial<RunEvidence> = {}) =>
  found([evidence(text, over)], theirs).findings.map(
    ({ kind, places: [place] }) => `${kind} ${place?.line ?? place?.function ?? ''}`,
  );

describe('data races', () => {
  test('pairs of lines at one variable are one race, with values, threads and CPUs', () => {
    const { findings } = found([evidence(log('kcsan'))]);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      kind: 'data-race',
      severity: 'error',
      count: 2,
      runs: [1],
      values: { before: '0x0000000000000a12', after: '0x0000000000000a14' },
      tasks: [{ pid: 63 }, { pid: 62 }],
      cpus: [1, 0],
      places: [
        { file: 'lab3.c', line: 185, role: 'writes' },
        { file: 'lab3.c', line: 183, role: 'reads' },
      ],
    });
    expect(findings[0]?.what).toContain('thread 63 on CPU 1 writes them at lab3.c:185 in add_none()');
  });

  test('without a lock it is what the exercise wants to see, and stays apart', () => {
    const free = spec({ lock: 'none', locked: false, number: 2 });
    const { findings } = found([evidence(log('kcsan')), evidence(log('kcsan'), { spec: free })]);
    expect(findings.map(({ severity, runs }) => [severity, runs])).toEqual([
      ['error', [1]],
      ['note', [2]],
    ]);
  });

  test('the kernel’s own are nobody’s fault', () => {
    const text = log('kcsan').replaceAll('add_none', 'try_to_wake_up').replaceAll(' [lab3]', '');
    expect(found([evidence(text)]).findings).toEqual([]);
    const called = log('kcsan').replace(/ {2}add_none\+.*\[lab3\]/g, '  try_to_wake_up+0x52/0xa0');
    expect(found([evidence(called)]).findings).toEqual([]);
  });
});

describe('every recorded report', () => {
  test.each([
    ['slub', ['use-after-free 124', 'double-free 125']],
    ['kasan', ['use-after-free 42']],
    ['6.12-null-thread', ['oops worker']],
    ['6.12-panic', ['oops faulty_init']],
    ['6.12-outlive', ['thread-left-running worker']],
    ['checked-ended-spinlock', ['lock-not-released work']],
    ['checked-ended-mutex', ['lock-not-released work']],
    ['checked-soft-lockup', ['soft-lockup work']],
    ['checked-rcu-stall', ['rcu-stall work']],
  ])('%s', (name, expected) => {
    const shown = new Set(kinds(log(name)).map((one) => one.split(' ')[0]));
    expect([...shown]).toEqual(expected.map((one) => one.split(' ')[0]));
  });
});

describe('totals', () => {
  const total = (value: number, lock = 'own') =>
    `lab3: start lock=${lock} n_threads=4 increment=2 n_times=100000 expected=800000\nlab3: total=${value} expected=800000 lost=0 time_ns=5 lock=${lock}\n`;

  test('updates that are lost under a lock, with the lines of the race there', () => {
    const { findings } = found([evidence(log('kcsan') + total(700_000))]);
    const lost = findings.find(({ kind }) => kind === 'lost-updates');
    expect(lost?.what).toContain('50000 of 400000 updates were lost (12.5 %)');
    expect(lost?.places.map(({ line }) => line)).toEqual([185, 183]);
  });

  test('updates that are lost in several runs are one finding, whatever lines the code suggests', () => {
    const suggests = (line: number) => ({
      ...ours,
      lineText: () => '*total += 2;',
      writes: [{ file: 'lab3.c', line, function: 'work' }],
    });
    const shown = [181, 190].map((line, at) => {
      const run = evidence(total(700_000), { spec: spec({ number: at + 1 }) });
      const judged = { run, outcome: readOutcome(run.text, run.spec) };
      return { judged, drafts: runDrafts(judged, suggests(line)) };
    });
    expect(gather(shown).findings).toMatchObject([{ kind: 'lost-updates', count: 2, runs: [1, 2] }]);
  });

  test('a right total is no finding, and one of freed memory is', () => {
    expect(found([evidence(total(800_000))]).findings).toEqual([]);
    const { findings } = found([evidence(total(0x6b6b6b6b))]);
    expect(findings.map(({ kind }) => kind)).toEqual(['use-after-free']);
    // The last byte of a freed object is another one, and a total may have a sign.
    for (const value of ['11919738947874044299', '-6527005125835527317'])
      expect(kinds(`faulty: total=${value} expected=800000\n`)).toEqual(['use-after-free ']);
  });

  test('steps that take no time', () => {
    const fold = spec({ lock: 'none', locked: false, shape: 'fold', nTimes: 1_000_000_000 });
    const { remarks } = found([evidence('', { spec: fold, elapsedMs: 3_000 })]);
    expect(remarks.map(({ kind }) => kind)).toEqual(['loop-folded']);
    expect(found([evidence('', { spec: fold, elapsedMs: 5_000 })]).remarks).toEqual([]);
  });

  test('threads that were never seen together', () => {
    const free = spec({ lock: 'none', locked: false });
    const look = (pid: number) => [{ pid, name: 'w', state: 'R', cpu: 0 }];
    const looks = [look(60), look(60), look(61), look(62)];
    const { remarks } = found([evidence(total(800_000, 'none'), { spec: free, looks })]);
    expect(remarks.map(({ kind }) => kind)).toEqual(['never-overlapped']);
  });
});

test('a thread that is left when the module is gone', () => {
  const outlived = [{ pid: 70, name: 'worker/3', state: 'S', cpu: 1 }];
  expect(kinds('', { outlived })).toEqual(['thread-left-running ']);
});

test('a module that does not load', () => {
  const over = {
    reached: 'load-failed',
    phase: 'loading',
    said: "insmod: can't insert: invalid argument",
  } as const;
  expect(kinds('', over)).toEqual(['load-failed ']);
});
