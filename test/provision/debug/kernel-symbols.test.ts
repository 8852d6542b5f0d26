import { describe, expect, it } from 'vitest';
import { addressOf, readKernelSymbols, symbolFile } from '../../../provision/debug/kernel-symbols.ts';
import { readElf } from '../../../provision/elf.ts';
import { readSymbolTable } from '../../../provision/symbols/relocate.ts';

const listed = `0000000000000000 A fixed_percpu_data
ffffffff81000000 T _text
ffffffff81000010 t __pfx_start
ffffffff81000020 t start
ffffffff82000000 D jiffies
ffffffff82000008 d hidden
ffffffff83000000 t late
ffffffffc0201000 t worker_main	[lab3]
ffffffff8100 T cut
not a line at all
`;

describe('the kernel’s list of symbols', () => {
  it('is read without modules, small addresses and lines that are none', () => {
    const names = readKernelSymbols(listed).map(({ name }) => name);
    expect(names).toEqual(['_text', 'start', 'jiffies', 'hidden', 'late']);
  });

  it('is sorted whatever its order', () => {
    const turned = listed.split('\n').reverse().join('\n');
    expect(readKernelSymbols(turned)).toEqual(readKernelSymbols(listed));
  });

  it('says which symbol is missing', () => {
    const symbols = readKernelSymbols(listed);
    expect(addressOf(symbols, 'start')).toBe(0xffffffff81000020n);
    expect(() => addressOf(symbols, 'do_init_module')).toThrow(/lists no symbol do_init_module/);
  });
});

describe.each(['amd64', 'arm64'] as const)('the file for gdb, %s', (arch) => {
  it('has each symbol in a section that is there', () => {
    const elf = readElf(symbolFile(arch, readKernelSymbols(listed)));
    expect(elf.machine).toBe(arch);
    const sections = elf.sections.map(({ name }) => name);
    expect(sections).toEqual(['', '.text.0', '.data.1', '.text.2', '.symtab', '.strtab', '.shstrtab']);
    const functions = readSymbolTable(elf).functions.map(({ name, section }) => [name, sections[section]]);
    expect(functions).toEqual([
      ['start', '.text.0'],
      ['late', '.text.2'],
      ['_text', '.text.0'],
    ]);
  });

  it('is a file without symbols where there are none', () => {
    expect(readSymbolTable(readElf(symbolFile(arch, []))).functions).toEqual([]);
  });
});
