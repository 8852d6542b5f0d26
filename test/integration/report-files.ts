/** A report folder as `lab3 run` leaves it, for the programs that people open it with. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Result } from '../../lab/result.ts';
import { writeReport } from '../../report/write.ts';
import { sampleDmesg } from '../report/sample.ts';
import { samplePng } from '../report/sample-report.ts';

export async function reportFolder(result: Result, whole = true): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lab3-report-'));
  const screenshot = await samplePng();
  const pictures = new Map([
    ['no_spinlock', screenshot],
    ['spinlock', screenshot],
  ] as const);
  await writeReport(folder, {
    result,
    dmesg: sampleDmesg(result),
    screenshots: whole ? pictures : new Map(),
    references: pictures,
    moduleFiles: new Map([['lab3.c', Buffer.from('int x;\n')]]),
    student: { name: 'Ада Лавлейс', group: 'ІО-41' },
  });
  return folder;
}
