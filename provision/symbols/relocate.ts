/** Symbols of a relocatable file, and its sections as a loader would leave them with every section at address 0. */
import { type Elf, ElfError, type ElfSection, executable, sectionTypes, stringAt, viewOf } from '../elf.ts';

/** A place in the code of a relocatable file: sections have no addresses yet, each begins at 0. */
export interface CodeAddress {
  /** Index of the section. */
  readonly section: number;
  readonly offset: number;
}

export interface FunctionSymbol extends CodeAddress {
  readonly name: string;
  /** In bytes; 0 where the assembler was not told. */
  readonly size: number;
}

export interface SymbolTable {
  /** Where symbol `index` lies; undefined for one that is not defined in a section of this file. */
  at(index: number): CodeAddress | undefined;
  readonly functions: readonly FunctionSymbol[];
}

/** A section with its relocations applied. */
export interface Relocated {
  readonly bytes: Uint8Array;
  /** The section that the number at this offset is an address in. */
  sectionAt(offset: number): number | undefined;
}

const symbolSize = 24;
const relocationSize = 24;
const mostFunctions = 100_000;

/** Widths in bytes of the relocations that debug information has; others are left alone. */
const widths: Readonly<Record<string, ReadonlyMap<number, 4 | 8>>> = {
  // R_X86_64_64, R_X86_64_32, R_X86_64_32S
  amd64: new Map([
    [1, 8],
    [10, 4],
    [11, 4],
  ]),
  // R_AARCH64_ABS64, R_AARCH64_ABS32
  arm64: new Map([
    [257, 8],
    [258, 4],
  ]),
};

/** Throws ElfError. */
export function readSymbolTable(elf: Elf): SymbolTable {
  const table = elf.sections.find(({ type }) => type === sectionTypes.symbols);
  const strings = table && elf.sections[table.link];
  if (table === undefined || strings === undefined) throw new ElfError('it has no symbols');
  const bytes = elf.bytes(table);
  const view = viewOf(bytes);
  const names = elf.bytes(strings);
  const count = Math.floor(bytes.length / symbolSize);
  const at = (index: number): CodeAddress | undefined => {
    if (index >= count) return undefined;
    const section = view.getUint16(index * symbolSize + 6, true);
    if (section === 0 || section >= elf.sections.length) return undefined;
    return { section, offset: Number(view.getBigUint64(index * symbolSize + 8, true)) };
  };
  const functions: FunctionSymbol[] = [];
  for (let index = 1; index < count && functions.length < mostFunctions; index += 1) {
    const type = view.getUint8(index * symbolSize + 4) & 0xf;
    const place = at(index);
    // STT_NOTYPE is what a label in assembly is.
    if (place === undefined || (type !== 2 && type !== 0)) continue;
    if (((elf.sections[place.section]?.flags ?? 0n) & executable) === 0n) continue;
    const name = stringAt(names, view.getUint32(index * symbolSize, true));
    // `$x` and `$d` are an assembler's marks on arm64: code begins here, data begins here.
    if (name === '' || name.startsWith('$')) continue;
    functions.push({ ...place, name, size: Number(view.getBigUint64(index * symbolSize + 16, true)) });
  }
  return { at, functions };
}

/** Undefined where there is no section of that name, or it is compressed. Throws ElfError. */
export function relocate(elf: Elf, name: string, symbols: SymbolTable): Relocated | undefined {
  const compressed = 0x800n;
  const section = elf.sections.find((one) => one.index > 0 && one.name === name);
  if (section === undefined || (section.flags & compressed) !== 0n) return undefined;
  const bytes = new Uint8Array(elf.bytes(section));
  const sections = new Map<number, number>();
  for (const relocations of elf.sections) {
    if (relocations.type !== sectionTypes.relocations || relocations.info !== section.index) continue;
    apply(elf, relocations, symbols, bytes, sections);
  }
  return { bytes, sectionAt: (offset) => sections.get(offset) };
}

function apply(
  elf: Elf,
  relocations: ElfSection,
  symbols: SymbolTable,
  bytes: Uint8Array,
  sections: Map<number, number>,
): void {
  const table = elf.bytes(relocations);
  const view = viewOf(table);
  const target = viewOf(bytes);
  for (let at = 0; at + relocationSize <= table.length; at += relocationSize) {
    const offset = Number(view.getBigUint64(at, true));
    const width = widths[elf.machine]?.get(view.getUint32(at + 8, true));
    const place = symbols.at(view.getUint32(at + 12, true));
    if (width === undefined || place === undefined || offset + width > bytes.length) continue;
    const value = BigInt(place.offset) + view.getBigInt64(at + 16, true);
    if (width === 8) target.setBigUint64(offset, BigInt.asUintN(64, value), true);
    else target.setUint32(offset, Number(BigInt.asUintN(32, value)), true);
    sections.set(offset, place.section);
  }
}
