import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  forgetRefusals,
  isHopeless,
  mayBeForMemory,
  noteRefusal,
} from '../../../../provision/guest/qemu/snapshot/refusals.ts';

let context: { cacheDir: string };
const file = (key: string) => join(context.cacheDir, 'snapshots-refused', `${key}.json`);

beforeEach(async () => {
  context = { cacheDir: await mkdtemp(join(tmpdir(), 'lab3-refusals-')) };
  return () => rm(context.cacheDir, { recursive: true, force: true });
});

describe('a machine whose saved states are refused', () => {
  it('is given up at the third state, the one without a memory file, and not for another machine', async () => {
    const seen = [];
    for (const id of ['first', 'second', 'third']) {
      await noteRefusal(context, 'a', id);
      seen.push([await mayBeForMemory(context, 'a'), await isHopeless(context, 'a')]);
    }
    expect(seen).toEqual([
      [false, false],
      [true, false],
      [false, true],
    ]);
    expect([await mayBeForMemory(context, 'b'), await isHopeless(context, 'b')]).toEqual([false, false]);
  });

  it('is not given up for one state that several tried', async () => {
    for (const _ of [1, 2, 3]) await noteRefusal(context, 'a', 'first');
    expect(await isHopeless(context, 'a')).toBe(false);
  });

  it('is as any once one was taken up, and a week later', async () => {
    for (const id of ['first', 'second', 'third']) await noteRefusal(context, 'a', id);
    await forgetRefusals(context, 'a');
    expect(await isHopeless(context, 'a')).toBe(false);
    for (const id of ['first', 'second', 'third']) await noteRefusal(context, 'a', id);
    const then = new Date(Date.now() - 8 * 24 * 3600_000);
    await utimes(file('a'), then, then);
    expect(await isHopeless(context, 'a')).toBe(false);
  });

  it('is tried again where what was noted cannot be read', async () => {
    for (const id of ['first', 'second', 'third']) await noteRefusal(context, 'a', id);
    await writeFile(file('a'), '[1, {');
    expect(await isHopeless(context, 'a')).toBe(false);
  });
});
