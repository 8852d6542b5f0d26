import fc from 'fast-check';
import { expect, test } from 'vitest';
import { undefinedSymbols } from '../../grade/engine/symbols.ts';
import { readElf } from '../../provision/elf.ts';
import { stripDebug } from '../../provision/strip.ts';
import { elfFile, symbolSections } from './elf-file.ts';

const [symbols, strings] = symbolSections(
  [
    { name: 'begin', section: 1, value: 0, size: 8 },
    { name: 'kthread_stop', section: 0, value: 0, size: 0, type: 0 },
    { name: '_raw_spin_lock', section: 0, value: 0, size: 0, type: 0 },
  ],
  5,
);
const ko = elfFile([
  { name: '.text', bytes: Buffer.from('code of it'), flags: 6 },
  { name: '.debug_info', bytes: Buffer.alloc(50_000, 7) },
  { name: '.rela.debug_info', bytes: Buffer.alloc(2400), type: 4, link: 4, info: 2 },
  symbols,
  strings,
]);

test('all but the debug information is kept, under the same numbers', () => {
  const stripped = stripDebug(ko);
  const [before, after] = [readElf(ko), readElf(stripped)];
  expect(stripped.length).toBeLessThan(2000);
  expect(after.sections).toHaveLength(before.sections.length);
  for (const section of before.sections) {
    const same = after.sections[section.index];
    if (same === undefined || section.name.includes('debug_')) {
      expect(same?.type).toBe(0);
      continue;
    }
    expect(same).toEqual(section);
    if (section.type !== 0)
      expect(Buffer.from(after.bytes(same)).equals(Buffer.from(before.bytes(section)))).toBe(true);
  }
});

test('symbols that the kernel is asked for are found before and after', () => {
  expect(undefinedSymbols(ko)).toEqual(['_raw_spin_lock', 'kthread_stop']);
  expect(undefinedSymbols(stripDebug(ko))).toEqual(['_raw_spin_lock', 'kthread_stop']);
});

test('damage anywhere is no reason to fail', () => {
  fc.assert(
    fc.property(fc.nat(ko.length - 1), fc.nat(255), (at, byte) => {
      const damaged = Buffer.from(ko);
      damaged[at] = byte;
      stripDebug(damaged);
      undefinedSymbols(damaged);
    }),
    { numRuns: 500 },
  );
});

test('what is no module stays as it is', () => {
  const text = Buffer.from('no module');
  expect(stripDebug(text)).toBe(text);
});
