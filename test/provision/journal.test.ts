import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gradeJournal } from '../../grade/class/journal.ts';
import { openJournal } from '../../provision/journal.ts';
import { sweepJournal } from '../../provision/sweep/journal.ts';
import { sweepRun } from '../lab/sweep/sample.ts';
import { temporaryFolder } from './context.ts';

const parts = { module: 'a', kernel: 'b', grid: 'c' };
const runs = [1, 2, 3].map((repeat) => sweepRun({ repeat }));

async function written(): Promise<string> {
  const path = join(await temporaryFolder(), 'deep', 'journal.jsonl');
  const journal = await openJournal(path, sweepJournal, parts);
  await Promise.all(runs.map((run) => journal.append(run)));
  expect(journal.entries).toEqual(runs);
  await journal.close();
  return path;
}

async function reopened(path: string, given: Record<string, string> = parts, fresh = false) {
  const journal = await openJournal(path, sweepJournal, given, { fresh });
  const { entries, changed } = journal;
  const found = { runs: [...entries], changed };
  await journal.close();
  return found;
}

describe('a journal', () => {
  test('goes on with what it holds', async () => {
    const path = await written();
    expect(await reopened(path)).toEqual({ runs, changed: undefined });
    const journal = await openJournal(path, sweepJournal, parts);
    await journal.append(sweepRun({ repeat: 4 }));
    await journal.close();
    expect((await reopened(path)).runs).toHaveLength(4);
  });

  test('a kill at any byte loses the line that was being written, and no other', async () => {
    const path = await written();
    const whole = await readFile(path);
    const ends = [...whole.keys()].filter((at) => whole[at] === 10).map((at) => at + 1);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.length }), async (cut) => {
        await writeFile(path, whole.subarray(0, cut));
        const kept = runs.slice(0, Math.max(0, ends.filter((end) => end <= cut).length - 1));
        expect((await reopened(path)).runs).toEqual(kept);
        const journal = await openJournal(path, sweepJournal, parts);
        await journal.append(sweepRun({ repeat: 9 }));
        await journal.close();
        expect((await reopened(path)).runs).toEqual([...kept, sweepRun({ repeat: 9 })]);
      }),
      { numRuns: 60 },
    );
  });

  test('keeps what stands before bytes that are none of it', async () => {
    const path = await written();
    await appendFile(path, `${'\0'.repeat(4096)}\n{"vcpus":1}\n`);
    expect((await reopened(path)).runs).toEqual(runs);
  });

  test('a line that was changed ends what is believed', async () => {
    const path = await written();
    await writeFile(path, (await readFile(path, 'utf8')).replace('"repeat":2', '"repeat":7'));
    expect((await reopened(path)).runs).toEqual(runs.slice(0, 1));
  });

  test('begins anew, and says for which change', async () => {
    const path = await written();
    expect(await reopened(path, { ...parts, module: 'x', grid: 'y' })).toEqual({
      runs: [],
      changed: ['module', 'grid'],
    });
    expect((await reopened(path)).changed).toEqual(['module', 'grid']);
  });

  test('begins anew when asked to, and where the file is none', async () => {
    const path = await written();
    expect(await reopened(path, parts, true)).toEqual({ runs: [], changed: undefined });
    await writeFile(path, 'hello');
    expect(await reopened(path)).toEqual({ runs: [], changed: undefined });
  });

  test('of another kind is none', async () => {
    const path = await written();
    const journal = await openJournal(path, gradeJournal, parts);
    expect(journal.entries).toEqual([]);
    expect(journal.changed).toBeUndefined();
    await journal.close();
  });

  test('holds any JSON, where its kind does', async () => {
    const path = join(await temporaryFolder(), 'student.jsonl');
    const steps = [
      { step: 'build:lab3', json: { ok: true } },
      { step: 'run:public', json: [1, 2, { text: 'строка\u2028' }] },
    ];
    for (const step of steps) {
      const journal = await openJournal(path, gradeJournal, parts);
      await journal.append(step);
      await journal.close();
    }
    const journal = await openJournal(path, gradeJournal, parts);
    expect(journal.entries).toEqual(steps);
    await journal.remove();
    await expect(readFile(path)).rejects.toThrow('ENOENT');
  });

  test('that cannot be written is an error of this computer', async () => {
    const path = join(await temporaryFolder(), 'file');
    await writeFile(path, '');
    const folder = await temporaryFolder();
    for (const place of [join(path, 'journal.jsonl'), folder])
      await expect(openJournal(place, gradeJournal, parts)).rejects.toMatchObject({
        name: 'NotWritable',
        exitCode: 69,
      });
  });
});
