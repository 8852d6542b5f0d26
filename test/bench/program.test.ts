import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { time } from '../../bench/program.ts';

const node = (script: string) => [process.execPath, '-e', script];
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab3-program-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a program that does well: its time and what it said on both streams', async () => {
  const script = "console.log('out'); console.error('err'); setTimeout(() => {}, 300)";
  const { ms, output } = await time(node(script), { deadlineMs: 20_000 });
  expect(ms).toBeGreaterThanOrEqual(300);
  expect(output).toContain('out\n');
  expect(output).toContain('err\n');
});

test('one that fails throws with its words and its status', async () => {
  const failed = time(node("console.error('no module'); process.exit(3)"), { deadlineMs: 20_000 });
  await expect(failed).rejects.toThrow(/ended with 3:\n.*no module/s);
});

test('one that goes on is ended at its deadline', async () => {
  await expect(time(node('setInterval(() => {}, 1000)'), { deadlineMs: 300 })).rejects.toThrow('SIGKILL');
});

test('one is ended when the bench is interrupted', async () => {
  const signal = AbortSignal.timeout(300);
  await expect(time(node('setInterval(() => {}, 1000)'), { deadlineMs: 20_000, signal })).rejects.toThrow();
});

test('one that is not there throws', async () => {
  await expect(time([join(folder, 'nothing')], { deadlineMs: 20_000 })).rejects.toThrow('ENOENT');
});

test('only the end of what a talkative program said is kept', async () => {
  const script = "process.stdout.write('a'.repeat(100_000) + 'end')";
  const { output } = await time(node(script), { deadlineMs: 20_000 });
  expect(output).toHaveLength(20_000);
  expect(output.endsWith('aend')).toBe(true);
});

test('with files a program can open its output anew by its name', async () => {
  const outputFile = join(folder, 'console');
  const script = "process.stdout.write('out'); process.stderr.write('err')";
  const { output } = await time(node(script), { deadlineMs: 20_000, outputFile });
  expect(output).toBe('outerr');
  expect(await readFile(`${outputFile}.out`, 'utf8')).toBe('out');
});

test.skipIf(process.platform !== 'linux')('memory is the most that the program held', async () => {
  const script = 'const a = Buffer.alloc(200 * 2 ** 20, 1); setTimeout(() => a.length, 500)';
  const { peakMiB } = await time(node(script), { deadlineMs: 20_000 });
  expect(peakMiB).toBeGreaterThan(200);
});
