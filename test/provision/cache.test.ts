import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import lockfile from 'proper-lockfile';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fileSystemError, withLock, writeAtomic } from '../../provision/cache.ts';
import { makeContext } from './context.ts';

/** Another process that takes a lock the way we do and holds it until its input ends. */
const holder = `
  import { writeFileSync } from 'node:fs';
  import lockfile from 'proper-lockfile';
  const path = process.argv[1];
  const release = await lockfile.lock(path, { realpath: false, stale: 10000, update: 2000 });
  writeFileSync(path + '.pid', process.pid + '\\n');
  console.log('held');
  process.stdin.resume().on('end', async () => { await release(); process.exit(); });
`;

async function holdLock(path: string) {
  await mkdir(join(path, '..'), { recursive: true });
  const child = spawn(process.execPath, ['--input-type=module', '--eval', holder, path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

describe('a lock', () => {
  test('lets one caller in at a time, in their order, and gives back what they return', async () => {
    const context = await makeContext();
    const log: string[] = [];
    const work = (name: string) => async () => {
      log.push(`${name} in`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      log.push(`${name} out`);
      return name;
    };
    const all = ['a', 'b', 'c'].map((name) => withLock(context, 'x', work(name)));
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c']);
    expect(log).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
  });

  test('is given back when the work fails', async () => {
    const context = await makeContext();
    const failing = withLock(context, 'x', () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(await withLock(context, 'x', async () => 'in')).toBe('in');
    expect(await readdir(join(context.cacheDir, 'locks'))).toEqual([]);
  });

  test('of another process is waited for, and who it is gets said', async () => {
    const context = await makeContext();
    const child = await holdLock(join(context.cacheDir, 'locks', 'x'));
    const notes: string[] = [];
    const note = (text: string) => {
      notes.push(text);
      child.stdin.end();
    };
    expect(await withLock(context, 'x', async () => 'in', { note })).toBe('in');
    expect(notes).toEqual([`waiting for another lab3 (pid ${child.pid})`]);
  });

  test('of another process that has not said yet who it is: its number is waited for, for a moment', async () => {
    const context = await makeContext();
    const path = join(context.cacheDir, 'locks', 'x');
    await mkdir(join(context.cacheDir, 'locks'), { recursive: true });
    for (const [pid, said] of [
      ['4242', '4242'],
      ['', 'unknown'],
    ]) {
      await rm(`${path}.pid`, { force: true });
      const release = await lockfile.lock(path, { realpath: false });
      const notes: string[] = [];
      const note = (text: string) => {
        notes.push(text);
        void release();
      };
      const waiting = withLock(context, 'x', async () => 'in', { note });
      setTimeout(() => void writeFile(`${path}.pid`, `${pid}\n`), 20);
      expect(await waiting).toBe('in');
      expect(notes).toEqual([`waiting for another lab3 (pid ${said})`]);
    }
  });

  test('of another process is waited for only so long', async () => {
    const context = await makeContext();
    const child = await holdLock(join(context.cacheDir, 'locks', 'x'));
    const waiting = withLock(context, 'x', async () => 'in', { deadlineMs: 100 });
    await expect(waiting).rejects.toMatchObject({ name: 'CacheLocked', params: { pid: String(child.pid) } });
    expect(context.events).toEqual([
      { type: 'warning', text: `waiting for another lab3 (pid ${child.pid})` },
    ]);
  });

  test('of a dead process is taken over', async () => {
    const context = await makeContext();
    const path = join(context.cacheDir, 'locks', 'x.lock');
    await mkdir(path, { recursive: true });
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(path, longAgo, longAgo);
    expect(await withLock(context, 'x', async () => 'in', { deadlineMs: 0 })).toBe('in');
  });

  test('is not waited for after Ctrl-C', async () => {
    const interrupt = new AbortController();
    const context = await makeContext({ signal: interrupt.signal });
    await holdLock(join(context.cacheDir, 'locks', 'x'));
    const waiting = withLock(context, 'x', async () => 'in', { note: () => interrupt.abort() });
    await expect(waiting).rejects.toMatchObject({ name: 'Interrupted' });
  });
});

describe('what the file system says', () => {
  test.each([
    ['ENOSPC', 'DiskFull'],
    ['EDQUOT', 'DiskFull'],
    ['EROFS', 'NotWritable'],
    ['EACCES', 'NotWritable'],
  ])('%s is %s, with the path', (code, name) => {
    const error = fileSystemError(Object.assign(new Error(code), { code }), '/cache/x');
    expect(error).toMatchObject({ name, exitCode: 69, params: { path: '/cache/x' } });
  });

  test('otherwise passes through', () => {
    const error = new Error('a bug');
    expect(fileSystemError(error, '/cache/x')).toBe(error);
  });
});

describe('a file', () => {
  test('is written with its folder, over what was there', async () => {
    const { cacheDir } = await makeContext();
    const path = join(cacheDir, 'a', 'b');
    await writeAtomic(path, 'one');
    await writeAtomic(path, 'two');
    expect(await readFile(path, 'utf8')).toBe('two');
    expect(await readdir(join(cacheDir, 'a'))).toEqual(['b']);
  });

  test('that cannot be written leaves nothing', async () => {
    const { cacheDir } = await makeContext();
    await mkdir(join(cacheDir, 'taken', 'full'), { recursive: true });
    await expect(writeAtomic(join(cacheDir, 'taken'), 'x')).rejects.toThrow();
    expect(await readdir(cacheDir)).toEqual(['taken']);
    await writeFile(join(cacheDir, 'file'), '');
    await expect(writeAtomic(join(cacheDir, 'file', 'x'), 'x')).rejects.toMatchObject({
      name: 'NotWritable',
    });
    expect((await stat(join(cacheDir, 'file'))).size).toBe(0);
  });
});
