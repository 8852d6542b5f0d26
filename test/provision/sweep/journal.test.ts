import { appendFile, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openJournal } from '../../../provision/sweep/journal.ts';
import { sweepRun } from '../../lab/sweep/sample.ts';
import { temporaryFolder } from '../context.ts';

const parts = { module: 'a', kernel: 'b', grid: 'c' };
const runs = [1, 2, 3].map((repeat) => sweepRun({ repeat }));

async function written(): Promise<string> {
  const path = join(await temporaryFolder(), 'sweep', 'journal.jsonl');
  const journal = await openJournal(path, parts);
  await Promise.all(runs.map((run) => journal.append(run)));
  expect(journal.runs).toEqual(runs);
  await journal.close();
  return path;
}

async function reopened(path: string, given: Record<string, string> = parts, fresh = false) {
  const journal = await openJournal(path, given, { fresh });
  const { runs, changed } = journal;
  const found = { runs: [...runs], changed };
  await journal.close();
  return found;
}

describe('a journal', () => {
  test('goes on with what it holds', async () => {
    const path = await written();
    expect(await reopened(path)).toEqual({ runs, changed: undefined });
    const journal = await openJournal(path, parts);
    await journal.append(sweepRun({ repeat: 4 }));
    await journal.close();
    expect((await reopened(path)).runs).toHaveLength(4);
  });

  test('loses a line that was not written to its end, wherever it was cut, and no other', async () => {
    const path = await written();
    const whole = await readFile(path);
    const ends = [...whole.toString('latin1').matchAll(/\n/g)].map(({ index }) => index + 1);
    for (let size = whole.length - 1; size >= (ends[0] ?? 0); size -= 7) {
      await writeFile(path, whole);
      await truncate(path, size);
      const complete = ends.slice(1).filter((end) => end <= size).length;
      expect((await reopened(path)).runs).toEqual(runs.slice(0, complete));
      const journal = await openJournal(path, parts);
      await journal.append(sweepRun({ repeat: 9 }));
      await journal.close();
      expect((await reopened(path)).runs).toEqual([...runs.slice(0, complete), sweepRun({ repeat: 9 })]);
    }
  });

  test('keeps what stands before bytes that are none of it', async () => {
    const path = await written();
    await appendFile(path, `${'\0'.repeat(4096)}\n{"vcpus":1}\n`);
    expect((await reopened(path)).runs).toEqual(runs);
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

  test('that cannot be written is an error of this computer', async () => {
    const path = join(await temporaryFolder(), 'file');
    await writeFile(path, '');
    const folder = await temporaryFolder();
    for (const place of [join(path, 'journal.jsonl'), folder])
      await expect(openJournal(place, parts)).rejects.toMatchObject({ name: 'NotWritable', exitCode: 69 });
  });
});
