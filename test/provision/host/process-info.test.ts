import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { isGoneSince, processInfo } from '../../../provision/host/process-info.ts';

const platforms = ['linux', 'darwin', 'win32'] as const;
const says = (started: string) => async () => ({ started, commandLine: 'node' });
const saysNothing = async () => undefined;

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid ?? 0;
}

describe('a process', () => {
  test('that is no more is gone, on each platform and without another program', async () => {
    const pid = await deadPid();
    const never = () => Promise.reject(new Error('not to be asked'));
    for (const platform of platforms) expect(await isGoneSince(platform, pid, '1', never)).toBe(true);
  });

  test('whose number somebody else has now is gone', async () => {
    for (const platform of platforms) {
      expect(await isGoneSince(platform, process.pid, 'then', says('later'))).toBe(true);
      expect(await isGoneSince(platform, process.pid, 'then', says('then'))).toBe(false);
    }
  });

  test('is there where the computer cannot be asked when it started', async () => {
    expect(await isGoneSince('win32', process.pid, 'then', saysNothing)).toBe(false);
    expect(await isGoneSince('darwin', process.pid, '', says('then'))).toBe(false);
    // On Linux that is a zombie.
    expect(await isGoneSince('linux', process.pid, 'then', saysNothing)).toBe(true);
  });

  test('of this computer is known again', async () => {
    const own = await processInfo(process.platform, process.pid);
    expect(await isGoneSince(process.platform, process.pid, own?.started ?? '')).toBe(false);
  });
});
