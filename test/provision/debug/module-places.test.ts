import { describe, expect, it } from 'vitest';
import { readPlaces, withoutAddresses } from '../../../provision/debug/module-places.ts';
import { readElf, viewOf } from '../../../provision/elf.ts';
import { elfFile, symbolSections } from '../elf-file.ts';

const [symbols, strings] = symbolSections(
  [
    { name: '', section: 2, value: 0, size: 0, type: 3 },
    { name: 'total', section: 2, value: 8, size: 8, type: 1 },
    { name: 'worker', section: 1, value: 16, size: 4 },
    { name: 'secret', section: 4, value: 0, size: 8, type: 1 },
  ],
  7,
);
const ko = elfFile([
  { name: '.text', bytes: Buffer.alloc(20), flags: 6 },
  { name: '.data', bytes: Buffer.alloc(16), flags: 3 },
  { name: '.gnu.linkonce.this_module', bytes: Buffer.from(`${'\0'.repeat(24)}ab\0\0`), flags: 3 },
  { name: '.data -s .text 0', bytes: Buffer.alloc(8), flags: 3 },
  { name: '.debug_info', bytes: Buffer.alloc(4) },
  symbols,
  strings,
]);

describe('the places of a module', () => {
  it('are told by the first symbol of each section, .text first', () => {
    expect(readPlaces(ko, 'ab')).toEqual({
      sections: [
        { name: '.text', symbol: 3, offset: 16n },
        { name: '.data', symbol: 1, offset: 0n },
      ],
      textSize: 20,
      nameOffset: 24,
      debugInfo: true,
    });
  });

  it('are not found by another name', () => {
    expect(readPlaces(ko, 'a').nameOffset).toBe(-1);
  });
});

it('a file for gdb has no section with an address, and is the same otherwise', () => {
  const marked = new Uint8Array(ko);
  const view = viewOf(marked);
  const table = Number(view.getBigUint64(40, true));
  view.setBigUint64(table + 2 * 64 + 16, 0x20n, true);
  expect(Buffer.from(withoutAddresses(marked)).equals(ko)).toBe(true);
  expect(readElf(withoutAddresses(ko)).sections).toEqual(readElf(ko).sections);
});
