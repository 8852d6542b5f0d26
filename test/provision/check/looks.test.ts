import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readRun } from '../../../provision/check/looks.ts';

test('a whole run: looks at threads, where the module lay, its end', () => {
  const run = readRun(
    'pid 50\nseen\n.text:0xffffffffc0201000\n.init.text:0xffffffffc0208000\n' +
      'look 62 R 1 lab3/0\nlook 63 S 0 lab3/1 (x)\nseen\nseen\nended\nunloading\nunloaded\n',
  );
  expect(run).toMatchObject({ watched: 'ended', unloaded: 'unloaded', phase: 'unloaded', firstPid: 50 });
  expect(run.sections).toEqual(
    new Map([
      ['.text', 0xffffffffc0201000n],
      ['.init.text', 0xffffffffc0208000n],
    ]),
  );
  expect(run.looks.map((look) => look.map(({ name, state }) => `${name} ${state}`))).toEqual([
    [],
    ['lab3/0 R', 'lab3/1 (x) S'],
    [],
  ]);
});

test('what insmod said', () => {
  const run = readRun("pid 9\nseen\ninsmod: can't insert 'x.ko': invalid argument\nrefused\n");
  expect(run).toMatchObject({
    watched: 'refused',
    phase: 'loading',
    said: "insmod: can't insert 'x.ko': invalid argument",
  });
});

test('a load that did not come to its end is still a load', () => {
  const run = readRun('pid 9\nseen\ntask 59 D 0 insmod\n[<0>] lab3_init+0x2e/0x90 [lab3]\nloads\n');
  expect(run).toMatchObject({ watched: 'loads', phase: 'loading', stuck: [{ name: 'insmod', state: 'D' }] });
});

test('threads that are left when the module is gone', () => {
  const run = readRun('ended\nunloading\noutlived 70 S 1 worker/3\nunloaded\n');
  expect(run.outlived).toEqual([{ pid: 70, state: 'S', cpu: 1, name: 'worker/3' }]);
});

test('tasks that are stuck, with their stacks, as they stood last', () => {
  const stand = 'task 62 R 1 lab3/0\n';
  const { stuck, watched, unloaded, phase } = readRun(
    `${stand}late\nunloading\ntask 80 D 0 rmmod\n[<0>] kthread_stop+0x5a/0x1f0\n[<0>] lab3_exit+0x22/0x90 [lab3]\n${stand}stays\n`,
  );
  expect({ watched, unloaded, phase }).toEqual({ watched: 'late', unloaded: 'stays', phase: 'unloading' });
  expect(stuck.map(({ name, state }) => `${name} ${state}`)).toEqual(['rmmod D', 'lab3/0 R']);
  expect(stuck[0]?.frames.map(({ function: name, module }) => [name, module])).toEqual([
    ['kthread_stop', undefined],
    ['lab3_exit', 'lab3'],
  ]);
});

test('a guest that died half way said what it said', () => {
  expect(readRun('pid 9\n.text:0xffffffffc0201000\nlook 62 R 1 w')).toMatchObject({ phase: 'loading' });
});

test('a guest may answer anything', () => {
  const words = fc.constantFrom(
    'ended\n',
    'unloading\n',
    'unloaded\n',
    'look 1 R 0 a\n',
    'seen\n',
    'task 1 R 0 x\n',
  );
  const text = fc.array(fc.oneof(words, fc.string({ unit: 'binary', maxLength: 30 })), { maxLength: 30 });
  fc.assert(fc.property(text, (parts) => void readRun(parts.join(''))));
});
