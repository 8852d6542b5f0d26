import { expect, it } from 'vitest';
import { freeMemory, fromMeminfo, fromVmStat } from '../../../provision/host/memory.ts';

it('Linux counts what its caches would give back', () => {
  expect(fromMeminfo('MemTotal:  16000 kB\nMemFree:  100 kB\nMemAvailable:   9000 kB\n')).toBe(9000 * 1024);
  expect(fromMeminfo('')).toBeUndefined();
});

it('macOS counts pages that it would give back', () => {
  const said = [
    'Mach Virtual Memory Statistics: (page size of 16384 bytes)',
    'Pages free:                                3000.',
    'Pages active:                            200000.',
    'Pages inactive:                           90000.',
    'Pages speculative:                         5000.',
    'Pages wired down:                        100000.',
    'Pages purgeable:                           2000.',
    '',
  ].join('\n');
  expect(fromVmStat(said)).toBe(100_000 * 16_384);
  expect(fromVmStat('vm_stat: no such thing')).toBeUndefined();
});

it.each(['linux', 'darwin', 'win32'] as const)('as on %s there is an answer', async (platform) => {
  expect(await freeMemory(platform)).toBeGreaterThan(0);
});
