import { expect, test } from 'vitest';
import type { BenchDocument } from '../../bench/document.ts';
import { spread } from '../../bench/spread.ts';
import { table } from '../../bench/table.ts';

const about = (ms: number) => spread([ms, ms * 0.9, ms * 1.2]);

const document: BenchDocument = {
  schema: 'lab3.bench/1',
  computer: { cpus: 2, model: 'a CPU', node: 'v20.20.0' },
  kernel: '6.12.1-cloud-amd64',
  qemu: '10.0.2',
  accelerator: 'tcg',
  setupWithEmptyCache: { ms: 25_400, downloadedBytes: 3 * 2 ** 20, peakMiB: 200.4 },
  start: { boot: about(3000), restore: about(300), ratio: 10 },
  payload: [{ bytes: 20_000, channel: about(50), disk: about(200) }],
  build: { builder: 'sandbox', changed: about(1400), unchanged: about(12) },
  edit: { total: about(4000), build: about(1400), module: about(1100), rest: about(1500) },
  run: { lab3: about(2000), qemu: about(4000), ratio: 0.5, peakMiB: undefined },
  virtme: { version: '1.35', run: about(9000), ratio: 4.5 },
  vagrant: { up: about(150_000), run: about(9000), both: about(159_000), ratio: 79.5 },
  sweep: { runs: 32, total: about(12_000), runsPerMinute: about(160), peakMiB: 90 },
  check: { runs: 8, total: about(20_000), peakMiB: 120, kernelBuildMs: 230_000 },
  grade: [{ submissions: 40, ms: 200_000, perMinute: 12, qemu: about(4000), ratio: 1.25, peakMiB: 180 }],
  help: { help: about(170), node: about(110), overNodeMs: 60 },
};

const rowsOf = (text: string) => text.trimEnd().split('\n');
const row = (text: string, start: string) => rowsOf(text).find((line) => line.startsWith(`| ${start}`));

test('each row has four cells', () => {
  for (const line of rowsOf(table(document))) expect(line).toMatch(/^\|(?: [^|]* \|){4}$/);
});

test('times have a median, a range and their number, in the unit that suits the median', () => {
  expect(row(table(document), 'a machine from')).toBe(
    '| a machine from its saved state, to the first answer | 0.30 s (0.27–0.36, n=3) | ' +
      'the same machine booted: 3.00 s (2.70–3.60, n=3) | 10.0 times faster |',
  );
  expect(row(table(document), 'a changed module')).toContain('from the cache: 12 ms (11–14, n=3)');
});

test('other ways are compared to lab3 run', () => {
  const text = table(document);
  expect(row(text, 'the same by virtme-ng 1.35')).toMatch(
    /9\.00 s .* \| `lab3 run`: 2\.00 s .* \| 4\.5 times slower \|$/,
  );
  expect(row(text, '`vagrant up` and both runs')).toContain('79.5 times slower');
  const quicker = { ...document, virtme: { version: '1.35', run: about(1000), ratio: 0.5 } };
  expect(row(table(quicker), 'the same by virtme-ng')).toContain('2.0 times faster');
});

test('of a class the table says what a submission costs', () => {
  expect(row(table(document), '`lab3 grade` of 40')).toMatch(
    /\| 200 s: 12\.0 a minute, at most 180 MiB \| bare QEMU.*: 4\.00 s .*\| 1\.25 for each submission \|$/,
  );
});

test('what was not measured says why, in one cell', () => {
  const notMeasured = 'it said:\n| no | boot\r\n';
  const text = table({ ...document, virtme: { notMeasured }, check: { notMeasured: 'no kernel' } });
  expect(row(text, 'the same by virtme-ng')).toBe(
    String.raw`| the same by virtme-ng, same kernel and .ko | not measured | it said: \| no \| boot |  |`,
  );
  expect(row(text, '`lab3 check`')).toBe('| `lab3 check` | not measured | no kernel |  |');
  expect(text).not.toContain('peak memory of the tool, check');
});

test('with a cache that was given there is no row of a setup', () => {
  expect(table(document)).toContain('`lab3 setup`, empty cache | 25 s');
  const { setupWithEmptyCache: _, ...warm } = document;
  const text = table(warm);
  expect(text).not.toContain('empty cache');
  expect(text).not.toContain('downloaded');
});
