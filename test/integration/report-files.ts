/** A report folder as `lab3 run` leaves it, for the programs that people open it with. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Result } from '../../lab/result.ts';
import { writeReport } from '../../report/write.ts';
import type { Recorded } from '../report/recorded.ts';
import { sampleDmesg } from '../report/sample.ts';
import { samplePng } from '../report/sample-report.ts';

/** A result of a machine, or one made for a test, then with its log and with pictures or none. */
export const fromSample = async (result: Result, pictures: 'pictures' | 'no pictures'): Promise<Recorded> => {
  const picture = await samplePng();
  return {
    result,
    dmesg: sampleDmesg(result),
    screenshots:
      pictures === 'pictures'
        ? new Map([
            ['no_spinlock', picture],
            ['spinlock', picture],
          ])
        : new Map(),
  };
};

export async function reportFolder(report: Recorded): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lab3-report-'));
  const reference = await samplePng();
  await writeReport(folder, {
    ...report,
    references: new Map([
      ['no_spinlock', reference],
      ['spinlock', reference],
    ]),
    moduleFiles: new Map([['lab3.c', Buffer.from('int x;\n')]]),
    student: { name: 'Ада Лавлейс', group: 'ІО-41' },
  });
  return folder;
}
