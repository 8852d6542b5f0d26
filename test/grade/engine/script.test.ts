import { expect, test } from 'vitest';
import { runBundle } from '../../../grade/engine/script.ts';

const run = {
  name: 'lab',
  params: { thread_num: '4', text: "it's" },
  shape: 'whole',
  cycles: 0,
  again: { thread_num: '2' },
  runSeconds: 20,
  unloadSeconds: 10,
  mark: 'lab3-mark 0123456789abcdef',
} as const;

test('the module begins where the shell stops reading', () => {
  const ko = Buffer.from('\x7fELF and so on');
  const { script, input } = runBundle(run, ko);
  const [, offset] =
    /^dd if=\/run\/lab3\/input of='\/run\/lab\.ko' .*\bskip=(\d+) iflag=skip_bytes /m.exec(script) ?? [];
  const [head, tail] = [input.slice(0, Number(offset)), input.slice(Number(offset))];
  expect(Buffer.from(tail).equals(ko)).toBe(true);
  expect(Buffer.from(head).toString()).toMatch(/\nexit\n$/);
});

test('parameters are words of their own, whatever is in them', () => {
  const text = Buffer.from(runBundle(run, new Uint8Array()).input).toString();
  expect(text).toContain(`cycle 'thread_num=4' 'text=it'\\''s' && outlived\n`);
  expect(text).toContain(`insmod '/run/lab.ko' "$@"\n`);
});

test('an early run does not wait for threads, and one that reloads does so again and again', () => {
  const textOf = (over: { shape: 'whole' | 'early' } | { cycles: number }) =>
    Buffer.from(runBundle({ ...run, ...over }, new Uint8Array()).input).toString();
  expect(textOf({ shape: 'whole' })).toContain('lab3-grade settled');
  expect(textOf({ shape: 'early' })).not.toContain('lab3-grade settled');
  expect(textOf({ cycles: 7 })).toContain("while [ $count -lt 7 ] && cycle 'thread_num=2'; do");
});

test('less is waited for threads that are known to stay', () => {
  const textOf = (over: object) =>
    Buffer.from(runBundle({ ...run, ...over }, new Uint8Array()).input).toString();
  expect(textOf({ stays: true })).toMatch(/^patience=100$/m);
  expect(textOf({})).not.toMatch(/^patience=/m);
});
