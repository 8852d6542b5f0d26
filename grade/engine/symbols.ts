/** What an object file asks the kernel for. */
import { ElfError, readElf, sectionTypes, stringAt, viewOf } from '../../provision/elf.ts';

const symbolSize = 24;
const mostSymbols = 10_000;

/** Names of the symbols that the file uses and does not define, sorted; none for a file that cannot be read. */
export function undefinedSymbols(ko: Uint8Array): string[] {
  try {
    const elf = readElf(ko);
    const table = elf.sections.find(({ type }) => type === sectionTypes.symbols);
    const strings = table && elf.sections[table.link];
    if (table === undefined || strings === undefined) return [];
    const bytes = elf.bytes(table);
    const view = viewOf(bytes);
    const names = elf.bytes(strings);
    const found = new Set<string>();
    for (let at = symbolSize; at + symbolSize <= bytes.length && found.size < mostSymbols; at += symbolSize) {
      const section = view.getUint16(at + 6, true);
      const name = section === 0 ? stringAt(names, view.getUint32(at, true)) : '';
      if (name !== '') found.add(name);
    }
    return [...found].sort();
  } catch (error) {
    if (error instanceof ElfError) return [];
    throw error;
  }
}
