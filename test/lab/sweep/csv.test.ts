import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sweepCsv } from '../../../lab/sweep/csv.ts';
import { parseSweep, runStatuses, type SweepRun, sweepRunSchema } from '../../../lab/sweep/document.ts';
import { lossyRun, sweepRun } from './sample.ts';

/** RFC 4180, read strictly: every line ends with CR LF, quotes only around whole fields. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (let rest = text; rest !== ''; ) {
    const field = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/.exec(rest);
    if (!field) throw new Error(`not CSV: ${JSON.stringify(rest.slice(0, 40))}`);
    row.push(field[1]?.replaceAll('""', '"') ?? field[2] ?? '');
    if (field[3] === '\r\n') {
      rows.push(row);
      row = [];
    }
    rest = rest.slice(field[0].length);
  }
  return rows;
}

const header =
  'vcpus,lock,n_threads,n_times,increment,repeat,status,expected,final,lost_updates,lost_percent,elapsed_ns,clock,ns_per_increment,findings';

test('columns and numbers are what programs were told they are', () => {
  expect(sweepCsv([lossyRun(12.5), sweepRun({ nThreads: 3 })])).toBe(
    `${header}\r\n` +
      '2,none,4,1000,2,1,lost,8000,7000,500,12.5000,800000,module,200.000,\r\n' +
      '2,own,3,1000,2,1,right,6000,6000,0,0.0000,600000,module,200.000,\r\n',
  );
});

test('any runs make CSV with the same columns in each line, and the totals as they are', () => {
  const big = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }).map(String);
  const run: fc.Arbitrary<SweepRun> = fc
    .record({
      status: fc.constantFrom(...runStatuses),
      lock: fc.constantFrom('none' as const, 'own' as const),
      expected: big,
      final: fc.option(big, { nil: undefined }),
      elapsedNs: fc.option(fc.double({ min: 0, max: 1e18, noNaN: true }), { nil: undefined }),
      kinds: fc.array(fc.oneof(fc.string(), fc.constantFrom('=1+1', 'a"b', 'x\r\ny', ','))),
    })
    .map(({ kinds, final, elapsedNs, ...given }) => {
      const { final: _, elapsedNs: __, ...base } = sweepRun();
      return {
        ...base,
        ...given,
        ...(final === undefined ? {} : { final }),
        ...(elapsedNs === undefined ? {} : { elapsedNs }),
        findings: kinds.map((kind) => ({ kind, severity: 'error' as const, message: '' })),
      };
    });
  fc.assert(
    fc.property(fc.array(run, { maxLength: 5 }), (runs) => {
      const [names, ...rows] = readCsv(sweepCsv(runs));
      expect(names?.join(',')).toBe(header);
      expect(rows.map((row) => row.length)).toEqual(runs.map(() => 15));
      expect(rows.map((row) => row[7])).toEqual(runs.map(({ expected }) => expected));
      expect(rows.map((row) => row[8])).toEqual(runs.map(({ final }) => final ?? ''));
      for (const row of rows) expect(row[14]).not.toMatch(/^[=@]/);
    }),
  );
});

test('a run reads back as it was written; a document that is none says why', () => {
  expect(sweepRunSchema.parse(JSON.parse(JSON.stringify(lossyRun(3))))).toEqual(lossyRun(3));
  expect(parseSweep('{')).toEqual({ problem: 'is not JSON' });
  expect(parseSweep('{"schema":"lab3.sweep/2"}')).toMatchObject({ problem: expect.stringContaining('at ') });
});
