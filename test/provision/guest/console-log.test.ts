import { describe, expect, it } from 'vitest';
import { ConsoleRecorder } from '../../../provision/guest/console-log.ts';

function recorder(...pieces: string[]): ConsoleRecorder {
  const log = new ConsoleRecorder();
  for (const piece of pieces) log.write(Buffer.from(piece));
  return log;
}

describe('the record of a console', () => {
  it('ends lines in LF, wherever the pieces are cut', () => {
    expect(recorder('one\r', '\ntwo\r\nthr', 'ee').snapshot()).toEqual({
      text: 'one\ntwo\nthree',
      droppedBytes: 0,
      end: 15,
    });
  });

  it('keeps a character that was cut in two', () => {
    const seen: string[] = [];
    const log = new ConsoleRecorder((line) => seen.push(line));
    const bytes = Buffer.from('é\n');
    log.write(bytes.subarray(0, 1));
    log.write(bytes.subarray(1));
    expect([log.snapshot().text, seen]).toEqual(['é\n', ['é']]);
  });

  it('finds a line that is there and one that comes later', async () => {
    const log = recorder('[    1.5] first\r\n');
    expect(await log.watch((line) => line.includes('first')).found).toBe('[    1.5] first');
    const later = log.watch((line) => line === 'second');
    log.write(Buffer.from('sec'));
    log.write(Buffer.from('ond\r\n'));
    expect(await later.found).toBe('second');
  });

  it.each([
    '[    3.421672] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000009',
    'Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000009',
    '<0>[   12.000001][   T1] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000009',
  ])('reads the panic in %j', (line) => {
    expect(recorder(`${line}\r\n`).panic).toBe('Attempted to kill init! exitcode=0x00000009');
  });

  it('takes no panic from the middle of a line', () => {
    expect(recorder('[ 1.0] lab3: says Kernel panic - not syncing: no\n').panic).toBeUndefined();
  });

  it('holds 2 MiB of a flood of 100 MiB: its beginning, its end, and how much is missing', () => {
    const lines: string[] = [];
    const log = new ConsoleRecorder((line) => lines.push(line));
    log.write(Buffer.from('begin\n'));
    const flood = Buffer.from(`${'x'.repeat(65_535)}\n`);
    for (let n = 0; n < 1600; n += 1) log.write(flood);
    log.write(Buffer.from('end\n'));
    const { text, droppedBytes } = log.snapshot();
    expect(text.startsWith('begin\n')).toBe(true);
    expect(text.endsWith('\nend\n')).toBe(true);
    expect(text).toContain(`${droppedBytes} bytes of the log are left out here`);
    expect(text.length).toBeLessThan(2.5 * 1024 * 1024);
    expect(text.length + droppedBytes).toBeGreaterThan(1600 * 65_536);
    expect(lines.length).toBeLessThan(700);
  });

  it('takes a flood in small pieces too', () => {
    const log = recorder(`${'x'.repeat(65_535)}\n`.repeat(66));
    const line = Buffer.from('a line of a flood\n');
    for (let n = 0; n < 400_000; n += 1) log.write(line);
    log.write(Buffer.from('end\n'));
    const { text, droppedBytes, end } = log.snapshot();
    expect(text.endsWith('\na line of a flood\nend\n')).toBe(true);
    expect(end).toBe(66 * 65_536 + 400_000 * line.length + 4);
    expect(droppedBytes).toBeGreaterThan(0);
    expect(text.length).toBeLessThan(2.5 * 1024 * 1024);
  });

  it('gives what came after a position, also when a flood has dropped what stood around it', () => {
    const log = recorder('before\r\n');
    const { end } = log.snapshot();
    log.write(Buffer.from('after\n'));
    expect(log.snapshot(end)).toEqual({ text: 'after\n', droppedBytes: 0, end: end + 6 });
    const flood = Buffer.from(`${'x'.repeat(65_535)}\n`);
    const write = (times: number) => {
      for (let n = 0; n < times; n += 1) log.write(flood);
      return log.snapshot().end;
    };
    const second = write(400);
    log.write(Buffer.from('second\n'));
    expect(log.snapshot(second).text).toBe('second\n');
    const third = write(400);
    log.write(Buffer.from('third\n'));
    expect(log.snapshot(third)).toMatchObject({ text: 'third\n', droppedBytes: 0 });
    const { text, droppedBytes } = log.snapshot(second);
    expect(droppedBytes).toBeGreaterThan(0);
    expect(text).toMatch(/^\n\[lab3: \d+ bytes of the log are left out here\]\nx/);
    expect(text.endsWith('third\n')).toBe(true);
    expect(log.snapshot(log.snapshot().end).text).toBe('');
  });

  it('looks at a line without end in pieces', () => {
    const log = new ConsoleRecorder();
    for (let n = 0; n < 1000; n += 1) log.write(Buffer.alloc(10_000, 'y'));
    expect(log.snapshot().text.length).toBeLessThan(8.5 * 1024 * 1024);
  });

  it('no longer looks for what nobody waits for', async () => {
    const log = recorder();
    let looks = 0;
    const watch = log.watch(() => {
      looks += 1;
      return false;
    });
    looks = 0;
    watch.stop();
    log.write(Buffer.from('line\n'));
    expect(looks).toBe(0);
  });
});
