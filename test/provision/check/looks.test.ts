import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readStuck, readUnload, readWatch } from '../../../provision/check/looks.ts';

test('looks at threads, with where the module lies', () => {
  const watched = readWatch(
    'pid 50\nseen 0 0 0\ntime 512\n.text:0xffffffffc0201000\n.init.text:0xffffffffc0208000\n' +
      'look 62 R 1 lab3/0\nlook 63 S 0 lab3/1 (x)\nseen 2 1 4\ntime 530\nseen 0 0 0\nended\n',
  );
  expect(watched.ending).toBe('ended');
  expect(watched.firstPid).toBe(50);
  expect(watched.sections).toEqual(
    new Map([
      ['.text', 0xffffffffc0201000n],
      ['.init.text', 0xffffffffc0208000n],
    ]),
  );
  expect(watched.looks.map((look) => look.map(({ name, state }) => `${name} ${state}`))).toEqual([
    [],
    ['lab3/0 R', 'lab3/1 (x) S'],
    [],
  ]);
});

test('what insmod said', () => {
  const watched = readWatch("pid 9\ninsmod: can't insert 'x.ko': invalid argument\nstatus 1\nfailed\n");
  expect(watched).toMatchObject({ ending: 'failed', said: "insmod: can't insert 'x.ko': invalid argument" });
});

test('threads that are left when the module is gone', () => {
  const unloaded = readUnload('outlived 70 S 1 worker/3\nunloaded\n');
  expect(unloaded).toEqual({
    ending: 'unloaded',
    outlived: [{ pid: 70, state: 'S', cpu: 1, name: 'worker/3' }],
    said: '',
  });
});

test('tasks that are stuck, with their stacks', () => {
  const [task, none] = readStuck(
    'task 80 D 0 rmmod\n[<0>] kthread_stop+0x5a/0x1f0\n[<0>] lab3_exit+0x22/0x90 [lab3]\ntask 62 R 1 lab3/0\n',
  );
  expect(task).toMatchObject({ pid: 80, name: 'rmmod', state: 'D' });
  expect(task?.frames.map(({ function: name, module }) => [name, module])).toEqual([
    ['kthread_stop', undefined],
    ['lab3_exit', 'lab3'],
  ]);
  expect(none).toMatchObject({ pid: 62, frames: [] });
});

test('a guest may answer anything', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      readWatch(text);
      readUnload(text);
      readStuck(text);
    }),
  );
});
