import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  beginSnapshot,
  findSnapshot,
  pruneSnapshots,
  removeSnapshot,
} from '../../../../provision/guest/qemu/snapshot/store.ts';

let context: { cacheDir: string; signal: AbortSignal };
const names = () => readdir(join(context.cacheDir, 'snapshots'));
const file = (key: string, name: string) => join(context.cacheDir, 'snapshots', key, name);

beforeEach(async () => {
  const cacheDir = await mkdtemp(join(tmpdir(), 'lab3-snapshots-'));
  context = { cacheDir, signal: new AbortController().signal };
  return () => rm(cacheDir, { recursive: true, force: true });
});

async function save(key: string, content = `state of ${key}`): Promise<void> {
  const draft = await beginSnapshot(context, key);
  await writeFile(draft.state, content);
  await draft.publish('it booted\n', 'whole');
  await draft.discard();
}

async function saveApart(key: string): Promise<void> {
  const draft = await beginSnapshot(context, key);
  await writeFile(draft.state, 'memory and devices');
  await writeFile(draft.memory, 'memory');
  await writeFile(draft.devices, 'devices');
  await draft.publish('it booted\n', 'apart');
  await draft.discard();
}

/** As if it had last been used so long ago. */
async function age(key: string, days: number): Promise<void> {
  const then = new Date(Date.now() - days * 24 * 3600_000);
  await utimes(file(key, 'snapshot.json'), then, then);
}

describe('saved machines', () => {
  it('are found as they were saved, and only once they are whole', async () => {
    const draft = await beginSnapshot(context, 'a');
    await writeFile(draft.state, 'half');
    expect(await findSnapshot(context, 'a')).toBeUndefined();
    await writeFile(draft.state, 'whole');
    await draft.publish('said\n', 'whole');
    await draft.discard();
    expect(await findSnapshot(context, 'a')).toEqual({
      key: 'a',
      id: createHash('sha256').update('whole').digest('hex'),
      state: file('a', 'state'),
      console: 'said\n',
    });
    expect(await names()).toEqual(['a']);
  });

  it('whose memory is a file are found with it, and the whole state is not kept beside it', async () => {
    await saveApart('a');
    expect(await findSnapshot(context, 'a')).toEqual({
      key: 'a',
      id: createHash('sha256').update('devices').digest('hex'),
      state: file('a', 'state'),
      memory: file('a', 'memory'),
      console: 'it booted\n',
    });
    expect((await readdir(file('a', ''))).sort()).toEqual(['memory', 'snapshot.json', 'state']);
    expect(await readFile(file('a', 'state'), 'utf8')).toBe('devices');
  });

  it('that are whole are kept without what was begun to set memory apart', async () => {
    const draft = await beginSnapshot(context, 'a');
    for (const path of [draft.state, draft.memory, draft.devices]) await writeFile(path, 'something');
    await draft.publish('', 'whole');
    expect((await readdir(file('a', ''))).sort()).toEqual(['snapshot.json', 'state']);
  });

  it.each([
    ['was cut short', () => truncate(file('a', 'memory'), 3)],
    ['was changed', () => writeFile(file('a', 'memory'), 'mEmory')],
    ['is gone', () => rm(file('a', 'memory'))],
  ])('whose memory %s are said to be damaged', async (_what, damage) => {
    await saveApart('a');
    await damage();
    expect(await findSnapshot(context, 'a')).toEqual({ damaged: 'its content is not what was saved' });
  });

  it('that were given up leave nothing', async () => {
    const draft = await beginSnapshot(context, 'a');
    await writeFile(draft.state, 'half');
    await draft.discard();
    expect(await names()).toEqual([]);
  });

  it('by two at once are one', async () => {
    const drafts = await Promise.all([beginSnapshot(context, 'a'), beginSnapshot(context, 'a')]);
    for (const draft of drafts) await writeFile(draft.state, 'the same');
    await Promise.all(drafts.map((draft) => draft.publish('', 'whole')));
    expect(await names()).toEqual(['a']);
    expect(await findSnapshot(context, 'a')).toHaveProperty('state');
  });

  it.each([
    ['was cut short', () => truncate(file('a', 'state'), 3), 'its content is not what was saved'],
    ['was changed', () => writeFile(file('a', 'state'), 'state of b'), 'its content is not what was saved'],
    ['is gone', () => rm(file('a', 'state')), 'its content is not what was saved'],
    ['has no description', () => rm(file('a', 'snapshot.json')), 'its description is missing'],
    [
      'has another description',
      () => writeFile(file('a', 'snapshot.json'), '{"size":1}'),
      'its description cannot be read',
    ],
  ])('whose state %s are said to be damaged', async (_what, damage, reason) => {
    await save('a');
    await damage();
    expect(await findSnapshot(context, 'a')).toEqual({ damaged: reason });
    await removeSnapshot(context, 'a');
    expect(await names()).toEqual([]);
  });

  it('are kept as long as they are used, and not too many of them', async () => {
    for (let n = 0; n < 14; n += 1) {
      await save(`k${n}`);
      await age(`k${n}`, n);
    }
    await save('unused');
    await age('unused', 40);
    await findSnapshot(context, 'k13');
    await pruneSnapshots(context);
    const kept = [13, ...Array.from({ length: 11 }, (_, n) => n)].map((n) => `k${n}`);
    expect((await names()).sort()).toEqual(kept.sort());
  });

  it('half done by a process that is gone are swept away, others’ are not', async () => {
    const gone = join(context.cacheDir, 'snapshots', 'a.4194305-abcd.tmp');
    await mkdir(gone, { recursive: true });
    const working = await beginSnapshot(context, 'b');
    await pruneSnapshots(context);
    expect(await names()).toHaveLength(1);
    expect(await stat(join(working.state, '..'))).toBeTruthy();
  });

  it('are marked as used, so that the right ones are let go', async () => {
    await save('a');
    await age('a', 20);
    await findSnapshot(context, 'a');
    expect(Date.now() - (await stat(file('a', 'snapshot.json'))).mtimeMs).toBeLessThan(60_000);
    expect(await readFile(file('a', 'state'), 'utf8')).toBe('state of a');
  });
});
