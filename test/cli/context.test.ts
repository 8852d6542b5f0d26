import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cacheFolder, cacheState, hostArchitecture, makeContext } from '../../cli/context.ts';
import { openLog } from '../../cli/log.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'lab3-context-'));
});
afterEach(async () => {
  await chmod(home, 0o700);
  await rm(home, { recursive: true, force: true });
});

const make = (env: Record<string, string>) =>
  makeContext({
    platform: 'linux',
    arch: 'x64',
    env,
    cwd: home,
    emit: () => undefined,
    signal: new AbortController().signal,
  });

describe('the cache folder', () => {
  it('is LAB3_CACHE, seen from the working folder, else the platform’s own without a suffix', () => {
    const { platform } = process;
    expect(cacheFolder({ platform, env: { LAB3_CACHE: 'here' }, cwd: home })).toBe(join(home, 'here'));
    expect(cacheFolder({ platform, env: {}, cwd: home })).toMatch(/[\\/]lab3([\\/]Cache)?$/);
  });

  it.each([
    ['linux', '/work', {}, '/home/o k/.cache/lab3'],
    ['linux', '/work', { XDG_CACHE_HOME: '/big disk/c' }, '/big disk/c/lab3'],
    ['linux', '/work', { XDG_CACHE_HOME: 'relative' }, '/home/o k/.cache/lab3'],
    ['darwin', '/work', { XDG_CACHE_HOME: '/x' }, '/home/o k/Library/Caches/lab3'],
    ['darwin', '/my work', { LAB3_CACHE: '../cache' }, '/cache'],
  ] as const)('on %s in %s with %j is %s', (platform, cwd, env, folder) => {
    expect(cacheFolder({ platform, env, cwd }, () => '/home/o k')).toBe(folder);
  });

  it.each([
    [{ LOCALAPPDATA: 'D:\\Users\\O K\\Local' }, 'D:\\Users\\O K\\Local\\lab3\\Cache'],
    [{ LocalAppData: 'D:\\Local', LAB3_CACHE: '' }, 'D:\\Local\\lab3\\Cache'],
    [{}, 'C:\\Users\\O K\\AppData\\Local\\lab3\\Cache'],
    [{ LAB3_CACHE: 'E:\\my cache' }, 'E:\\my cache'],
    [{ LAB3_CACHE: 'E:/my cache' }, 'E:\\my cache'],
    [{ Lab3_Cache: '..\\cache' }, 'C:\\cache'],
    [{ LAB3_CACHE: '\\\\server\\share\\c' }, '\\\\server\\share\\c'],
  ])('on Windows with %j is %s', (env, folder) => {
    const found = cacheFolder({ platform: 'win32', env, cwd: 'C:\\work' }, () => 'C:\\Users\\O K');
    expect(found).toBe(folder);
  });

  it('is looked up by the person’s folder only where no variable says it', () => {
    const home = () => {
      throw new Error('asked');
    };
    const env = { LOCALAPPDATA: 'C:\\l', XDG_CACHE_HOME: '/x' };
    expect(cacheFolder({ platform: 'win32', env, cwd: 'C:\\' }, home)).toBe('C:\\l\\lab3\\Cache');
    expect(cacheFolder({ platform: 'linux', env, cwd: '/' }, home)).toBe('/x/lab3');
  });

  it('is made and marked, once and for several at the same time', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => make({ LAB3_CACHE: 'deep/cache' })));
    expect(new Set(made.map(({ cacheDir }) => cacheDir))).toEqual(new Set([join(home, 'deep/cache')]));
    expect(await readdir(join(home, 'deep/cache'))).toEqual(['CACHEDIR.TAG']);
    expect(await readFile(join(home, 'deep/cache/CACHEDIR.TAG'), 'utf8')).toMatch(
      /^Signature: 8a477f597d28d172789f06886806bc55\n/,
    );
    expect(await cacheState(join(home, 'deep/cache'))).toBe('ours');
  });

  it('is never a folder with other people’s files', async () => {
    await writeFile(join(home, 'thesis.tex'), 'years of work');
    await expect(make({ LAB3_CACHE: '.' })).rejects.toMatchObject({ name: 'CacheNotOurs', exitCode: 2 });
    expect(await readdir(home)).toEqual(['thesis.tex']);
  });

  it('is not another program’s cache either', async () => {
    await mkdir(join(home, 'other'));
    await writeFile(
      join(home, 'other/CACHEDIR.TAG'),
      'Signature: 8a477f597d28d172789f06886806bc55\n# cargo\n',
    );
    await expect(make({ LAB3_CACHE: 'other' })).rejects.toMatchObject({ name: 'CacheNotOurs' });
  });

  it('that cannot be made is this computer’s fault, with a way out', async () => {
    await writeFile(join(home, 'file'), '');
    await expect(make({ LAB3_CACHE: 'file/cache' })).rejects.toMatchObject({
      name: 'NotWritable',
      exitCode: 69,
      hint: expect.stringContaining('LAB3_CACHE='),
    });
  });
});

it('calls architectures what Debian calls them', () => {
  expect(['x64', 'arm64'].map(hostArchitecture)).toEqual(['amd64', 'arm64']);
});

describe('the log', () => {
  it('keeps every event, harmless to read, and the last ten logs', async () => {
    for (let minute = 10; minute < 22; minute += 1) {
      const log = await openLog(home, 'run', new Date(`2026-01-02T03:${minute}:05Z`));
      log?.write({ type: 'step.start', step: 's1', title: 'Boot' });
      log?.write({ type: 'output', source: 'console', text: 'hello\u001b[2J\n' });
      log?.write({ type: 'step.end', step: 's1', status: 'done', elapsedMs: 12 });
      await log?.close();
    }
    const logs = await readdir(join(home, 'logs'));
    expect(logs).toHaveLength(10);
    expect(logs[0]).toBe(`20260102T031205Z-${process.pid}-run.log`);
    const text = await readFile(join(home, 'logs', logs[0] ?? ''), 'utf8');
    expect(text).toMatch(/ s1 start: Boot\n.* console\| hello\\x1b\[2J\n.* s1 done after 12 ms\n$/);
  });

  it('is done without where the cache cannot be written', async () => {
    await writeFile(join(home, 'logs'), 'a file in the way');
    expect(await openLog(home, 'run')).toBeUndefined();
  });
});
