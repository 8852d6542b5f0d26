import { expect, test } from 'vitest';
import { LabError } from '../../lab/errors.ts';
import { parseResult, type Result, resultSchemaName } from '../../lab/result.ts';

const result: Result = {
  schema: resultSchemaName,
  createdAt: '2026-11-23T12:00:00Z',
  tool: 'lab3 0.1.0',
  module: { name: 'lab3', files: ['lab3.c'] },
  guest: {
    provider: 'qemu',
    arch: 'amd64',
    kernel: '6.12.48-cloud-amd64',
    vcpus: 2,
    memoryMiB: 256,
    accelerator: 'tcg',
    hypervisor: 'QEMU emulator version 10.0.2',
  },
  build: {
    builder: 'sandbox',
    compiler: 'gcc 14',
    kernelRelease: '6.12.48-cloud-amd64',
    vermagic: '6.12.48-cloud-amd64 SMP',
    arch: 'amd64',
    sourceSha256: 'a'.repeat(64),
    warnings: [],
    cached: false,
    elapsedMs: 1200,
  },
  packages: [],
  runs: [
    {
      lock: 'own',
      nThreads: 2,
      increment: 1,
      nTimes: 5,
      vcpus: 2,
      expected: '10',
      final: '10',
      lostUpdates: '0',
      threads: [{ index: 0, cpu: 1, value: '10' }],
      list: ['5', '10'],
      elapsedNs: 7,
      findings: [],
    },
  ],
};

function refusal(json: unknown): string {
  try {
    parseResult(json, 'result.json');
  } catch (error) {
    if (error instanceof LabError) return `${error.name}: ${error.message}`;
    throw error;
  }
  return '';
}

test('a result comes back as it was', () => {
  expect(parseResult(JSON.parse(JSON.stringify(result)), 'result.json')).toEqual(result);
});

test.each<[unknown, RegExp]>([
  [
    { ...result, schema: 'lab3.result/2' },
    /^ResultTooNew: result\.json says lab3\.result\/2, and this lab3 reads lab3\.result\/1\.$/,
  ],
  [{ ...result, schema: 'other' }, /^ResultInvalid: result\.json: schema is other: /],
  [{ ...result, guest: { ...result.guest, vcpus: 0 } }, /^ResultInvalid: result\.json: guest\.vcpus is 0: /],
  [
    { ...result, runs: [{ ...result.runs[0], final: '1.5' }] },
    /^ResultInvalid: result\.json: runs\.0\.final is 1\.5: a decimal whole number as text\.$/,
  ],
  [{ ...result, build: undefined }, /build is missing: /],
  [{ ...result, packages: {} }, /packages is an object: /],
  [null, /the document is null: /],
  ['x'.repeat(500), /the document is x{60}…|the document is “x{60}…”/],
  [undefined, /the document is missing: /],
])('%#', (json, message) => {
  expect(refusal(json)).toMatch(message);
  expect(refusal(json)).not.toContain('undefined');
});
