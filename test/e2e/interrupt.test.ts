import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { sharedCache } from '../shared-cache.ts';
import { hasMachine } from './machine.ts';
import { lab3, type Running, scratch, start } from './tool.ts';

const posix = process.platform !== 'win32';

/** Pids below a process, by Linux's own tree; elsewhere nothing is known. */
function descendants(pid: number): { pid: number; stat: string }[] {
  if (!existsSync('/proc/self/stat')) return [];
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = readStat(Number(name));
      return stat === undefined ? [] : [{ pid: Number(name), parent: Number(stat.split(' ')[1]), stat }];
    });
  const found: { pid: number; stat: string }[] = [];
  const open = [pid];
  for (let parent = open.pop(); parent !== undefined; parent = open.pop())
    for (const one of processes)
      if (one.parent === parent) {
        found.push(one);
        open.push(one.pid);
      }
  return found;
}

/** State, parent and so on, after the name; the 20th of them is the start time. */
function readStat(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '');
  } catch {
    return undefined;
  }
}

const startOf = (stat: string) => stat.split(' ')[19];

function stillThere(before: readonly { pid: number; stat: string }[]): number[] {
  return before
    .filter(({ pid, stat }) => {
      const now = readStat(pid);
      return now !== undefined && startOf(now) === startOf(stat) && !now.startsWith('Z');
    })
    .map(({ pid }) => pid);
}

/** What must not outlive its process. A part of a download is kept on purpose: the next start goes on from there. */
async function unfinishedIn(cache: string): Promise<string[]> {
  const names = (await readdir(cache, { recursive: true }).catch(() => [])).map(String);
  return names.filter((path) => /\.tmp$|\.lock$|^running[\\/].|^sandboxes[\\/]./.test(path));
}

/** Sends the signal when the output says that the step has begun, and demands that nothing is left. */
async function interruptAt(
  running: Running,
  moment: RegExp,
  cache: { readonly folder: string; readonly earlier: readonly string[] },
  signal: NodeJS.Signals,
) {
  await running.waitFor(moment);
  const before = descendants(running.child.pid ?? 0);
  running.child.kill(signal);
  const { code, stderr, stdout } = await running.ended;
  expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
  expect(stderr).toContain('Exit code 130');
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stillThere(before)).toEqual([]);
  // Others use this cache too, and some of them were killed.
  expect((await unfinishedIn(cache.folder)).filter((path) => !cache.earlier.includes(path))).toEqual([]);
}

describe.skipIf(!posix)('Ctrl-C while the archive does not answer', () => {
  it('ends at once, and so do the signals of a closed terminal and of a system that shuts down', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    try {
      const { port } = silent.address() as AddressInfo;
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
        await using folder = await scratch();
        const env = {
          LAB3_CACHE: join(folder.path, 'cache'),
          LAB3_MIRROR: `http://127.0.0.1:${port}/debian`,
        };
        const running = start(['run'], { cwd: folder.path, env });
        await interruptAt(running, /Kernel/, { folder: env.LAB3_CACHE, earlier: [] }, signal);
        expect(existsSync(join(folder.path, 'lab3-report'))).toBe(false);
      }
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  });
});

describe.skipIf(!hasMachine || !posix)('Ctrl-C', () => {
  it.each([
    ['while the module compiles', /Compiling/],
    ['while the machine boots', /Starting the virtual machine/],
    ['while the module runs', /Starting the virtual machine: Linux/],
  ])('%s leaves no process, lock or half-written file', async (_, moment) => {
    await using folder = await scratch();
    const module = fileURLToPath(new URL('../../module', import.meta.url));
    await cp(module, join(folder.path, 'module'), { recursive: true });
    const source = join(folder.path, 'module/lab3.c');
    // Another source, so that it is compiled and not taken from the cache.
    await writeFile(source, `${await readFile(source, 'utf8')}\n/* ${folder.path} */\n`);
    const args = ['run', '--module', 'module', '--n-times', '200000000', '--lock', 'own'];
    const cache = { folder: sharedCache, earlier: await unfinishedIn(sharedCache) };
    const running = start(args, { cwd: folder.path });
    await interruptAt(running, moment, cache, 'SIGINT');
    expect(await readdir(folder.path)).toEqual(['module']);
  });

  it('keeps an earlier report as it was', async () => {
    await using folder = await scratch();
    const first = await lab3(['run', '--n-times', '1000', '--json'], { cwd: folder.path });
    expect(first.code).toBe(0);
    const before = await readFile(join(folder.path, 'lab3-report/result.json'), 'utf8');
    const cache = { folder: sharedCache, earlier: await unfinishedIn(sharedCache) };
    const running = start(['run', '--n-times', '200000000', '--lock', 'own'], { cwd: folder.path });
    await interruptAt(running, /Starting the virtual machine: Linux/, cache, 'SIGINT');
    expect(await readFile(join(folder.path, 'lab3-report/result.json'), 'utf8')).toBe(before);
  });

  it('twice does not wait', async () => {
    await using folder = await scratch();
    const running = start(['run', '--n-times', '200000000'], { cwd: folder.path });
    await running.waitFor(/Starting the virtual machine: Linux/);
    const before = descendants(running.child.pid ?? 0);
    running.child.kill('SIGINT');
    const again = setInterval(() => running.child.kill('SIGINT'), 600);
    expect(await running.ended).toMatchObject({ code: 130 });
    clearInterval(again);
    expect(stillThere(before)).toEqual([]);
  });
});
