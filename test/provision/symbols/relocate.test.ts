import { expect, test } from 'vitest';
import { readElf } from '../../../provision/elf.ts';
import { readSymbolTable } from '../../../provision/symbols/relocate.ts';
import { arm64, elfFile, symbolSections } from '../elf-file.ts';

test('marks that arm64 sets where code and data begin are no functions', () => {
  const symbols = [
    { name: 'worker', section: 1, value: 0, size: 64 },
    { name: '$x', section: 1, value: 0, size: 0, type: 0 },
    { name: '$d.2', section: 1, value: 60, size: 0, type: 0 },
    { name: 'label', section: 1, value: 64, size: 0, type: 0 },
  ];
  const code = { name: '.text', bytes: new Uint8Array(80), flags: 6 };
  const file = elfFile([code, ...symbolSections(symbols, 3)], arm64);
  expect(readSymbolTable(readElf(file)).functions.map(({ name }) => name)).toEqual(['worker', 'label']);
});
