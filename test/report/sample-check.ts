/** Documents of a check as the tool makes them. */
import type { CheckDocument, CheckFinding, CheckRun } from '../../lab/check/document.ts';
import { sampleResult } from './sample.ts';

export const checkRun = (number: number, lock: string, change: Partial<CheckRun> = {}): CheckRun => ({
  number,
  kernel: 'checked',
  lock,
  locked: lock !== 'none',
  nThreads: 4,
  increment: 2,
  nTimes: 10_000,
  vcpus: 2,
  shape: 'whole',
  parameters: { lock },
  expected: '80000',
  final: lock === 'none' ? '51320' : '80000',
  lostUpdates: lock === 'none' ? '14340' : '0',
  reached: 'unloaded',
  elapsedMs: 640,
  droppedBytes: 0,
  ...change,
});

export const race = (change: Partial<CheckFinding> = {}): CheckFinding => ({
  kind: 'data-race',
  severity: 'note',
  places: [
    { file: 'lab3.c', line: 186, function: 'add_once', role: 'writes' },
    { file: 'lab3.c', line: 181, function: 'add_once', role: 'reads' },
  ],
  what: 'Two threads used the same 8 bytes at the same time, without a lock.',
  look: 'This is what the lock is for.',
  values: { before: '0x0a12', after: '0x0a14' },
  tasks: [{ pid: 62 }, { name: 'lab3/1', pid: 63 }],
  cpus: [0, 1],
  count: 52,
  runs: [1, 2],
  raw: 'BUG: KCSAN: data-race in add_plain [lab3] / add_plain [lab3]\n</code><script>',
  ...change,
});

export function sampleCheck(change: Partial<CheckDocument> = {}): CheckDocument {
  const { guest, build, module } = sampleResult();
  return {
    schema: 'lab3.check/1',
    createdAt: '2026-11-24T02:45:09.120Z',
    tool: 'lab3 0.1.0',
    module,
    guest: { ...guest, kernel: '6.12.48-lab3-checked-amd64' },
    build: { ...build, kernelRelease: '6.12.48-lab3-checked-amd64' },
    debugInfo: true,
    runs: [checkRun(1, 'none'), checkRun(2, 'none'), checkRun(3, 'own'), checkRun(4, 'own')],
    findings: [race()],
    remarks: [],
    notes: [],
    ...change,
  };
}
