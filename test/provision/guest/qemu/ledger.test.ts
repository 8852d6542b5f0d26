import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { announce, endOrphans, forget, remember, withdraw } from '../../../../provision/guest/qemu/ledger.ts';
import { processInfo } from '../../../../provision/host/process-info.ts';
import { makeContext } from '../../context.ts';

const token = '0123456789abcdef';

/** Stands in for a QEMU: a process with a word on its command line. */
async function sleeper(word: string): Promise<ChildProcess & { pid: number }> {
  const child = spawn(
    process.execPath,
    ['-e', 'setInterval(() => {}, 1000); console.log("up")', '--', word],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout as NodeJS.ReadableStream, 'data');
  return child as ChildProcess & { pid: number };
}

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid ?? 0;
}

async function contextWithEntry(name: number | string, entry: object | string) {
  const context = await makeContext({ platform: process.platform });
  await mkdir(join(context.cacheDir, 'running'), { recursive: true });
  const text = typeof entry === 'string' ? entry : JSON.stringify(entry);
  await writeFile(join(context.cacheDir, 'running', `${name}.json`), text);
  return context;
}

const left = (folder: string) => readdir(join(folder, 'running'));

describe('the ledger of running machines', () => {
  it('leaves a machine alone whose owner lives', async () => {
    const machine = await sleeper(`lab3-${token}`);
    const context = await makeContext({ platform: process.platform });
    await remember(context, machine.pid, token);
    expect(await endOrphans(context)).toEqual([]);
    expect(machine.exitCode).toBeNull();
    await forget(context, machine.pid);
    expect(await left(context.cacheDir)).toEqual([]);
  });

  it('ends a machine whose owner is gone', async () => {
    const machine = await sleeper(`lab3-${token}`);
    const exit = once(machine, 'exit');
    const context = await contextWithEntry(machine.pid, { token, owner: await deadPid(), ownerStarted: '1' });
    expect(await endOrphans(context)).toEqual([machine.pid]);
    expect((await exit)[1]).toBe('SIGKILL');
    expect(await left(context.cacheDir)).toEqual([]);
  });

  it('takes a pid that was given to somebody else for a dead owner', async () => {
    const machine = await sleeper(`lab3-${token}`);
    const exit = once(machine, 'exit');
    const context = await contextWithEntry(machine.pid, {
      token,
      owner: process.pid,
      ownerStarted: 'another time',
    });
    expect(await endOrphans(context)).toEqual([machine.pid]);
    await exit;
  });

  it('ends nobody who does not carry the token', async () => {
    const stranger = await sleeper('somebody');
    const context = await contextWithEntry(stranger.pid, {
      token,
      owner: await deadPid(),
      ownerStarted: '1',
    });
    expect(await endOrphans(context)).toEqual([]);
    expect((await processInfo(process.platform, stranger.pid))?.commandLine).toContain('somebody');
    expect(await left(context.cacheDir)).toEqual([]);
  });

  it.each(['', '{', 'null', '{"token":""}', `{"token":"${token}","owner":"x"}`])(
    'drops a damaged entry %j and ends nobody',
    async (text) => {
      const stranger = await sleeper('somebody');
      const context = await contextWithEntry(stranger.pid, text);
      expect(await endOrphans(context)).toEqual([]);
      expect(stranger.exitCode).toBeNull();
    },
  );

  it('ends a machine that was announced and whose owner was killed before it had a pid', async () => {
    const machine = await sleeper(`lab3-${token}`);
    const exit = once(machine, 'exit');
    const stranger = await sleeper('somebody');
    const entry = { token, owner: await deadPid(), ownerStarted: '1' };
    const context = await contextWithEntry(`start-${token}`, entry);
    expect(await endOrphans(context)).toEqual([machine.pid]);
    expect((await exit)[1]).toBe('SIGKILL');
    expect(stranger.exitCode).toBeNull();
    expect(await left(context.cacheDir)).toEqual([]);
  });

  it('leaves an announced machine alone whose owner lives', async () => {
    const machine = await sleeper(`lab3-${token}`);
    const context = await makeContext({ platform: process.platform });
    await announce(context, token);
    expect(await endOrphans(context)).toEqual([]);
    expect(machine.exitCode).toBeNull();
    expect(await left(context.cacheDir)).toEqual([`start-${token}.json`]);
    await withdraw(context, token);
    expect(await left(context.cacheDir)).toEqual([]);
  });

  it('keeps no announcement beside the entry', async () => {
    const context = await makeContext({ platform: process.platform });
    await announce(context, token);
    await remember(context, await deadPid(), token);
    expect(await left(context.cacheDir)).toEqual([expect.stringMatching(/^\d+\.json$/)]);
  });

  it('removes what a killed lab3 had half written', async () => {
    const context = await makeContext({ platform: process.platform });
    const place = join(context.cacheDir, 'running');
    await mkdir(place, { recursive: true });
    await writeFile(join(place, `7.json.${await deadPid()}-0123abcd.tmp`), '{');
    await writeFile(join(place, `8.json.${process.pid}-0123abcd.tmp`), '{');
    await endOrphans(context);
    expect(await left(context.cacheDir)).toEqual([`8.json.${process.pid}-0123abcd.tmp`]);
  });
});
