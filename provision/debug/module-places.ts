/** What of a `.ko` tells a debugger where the kernel has put it. */
import { type Elf, type ElfSection, executable, readElf, sectionTypes, viewOf } from '../elf.ts';

export interface SectionPlace {
  /** `.text`, `.bss` */
  readonly name: string;
  /** A symbol that lies in the section: its index in the file's own table, and how far from the section's beginning. */
  readonly symbol: number;
  readonly offset: bigint;
}

export interface ModulePlaces {
  /** Sections that code and variables lie in. */
  readonly sections: readonly SectionPlace[];
  /** Bytes of `.text`. */
  readonly textSize: number;
  /** Where the kernel's `struct module` has the module's name. */
  readonly nameOffset: number;
  /** Without it gdb knows neither lines nor types. */
  readonly debugInfo: boolean;
}

const symbolSize = 24;
const allocated = 2n;

/** Throws ElfError. */
export function readPlaces(ko: Uint8Array, name: string): ModulePlaces {
  const elf = readElf(ko);
  const nameOffset = Buffer.from(elf.section('.gnu.linkonce.this_module') ?? []).indexOf(`${name}\0`);
  return {
    sections: placesOf(elf),
    textSize: elf.section('.text')?.length ?? 0,
    nameOffset,
    debugInfo: elf.section('.debug_info') !== undefined,
  };
}

/**
 * The file for gdb: no section with an address. The kernel's linker leaves one here and there that means nothing, and
 * because of a single one gdb takes the debug information of every section for that of `.text`.
 */
export function withoutAddresses(ko: Uint8Array): Uint8Array {
  const copy = new Uint8Array(ko);
  const view = viewOf(copy);
  const table = Number(view.getBigUint64(40, true));
  for (const { index } of readElf(ko).sections) view.setBigUint64(table + index * 64 + 16, 0n, true);
  return copy;
}

function placesOf(elf: Elf): SectionPlace[] {
  const table = elf.sections.find(({ type }) => type === sectionTypes.symbols);
  if (table === undefined) return [];
  const view = viewOf(elf.bytes(table));
  const places: SectionPlace[] = [];
  const wanted = new Map(elf.sections.filter(isPlaced).map((section) => [section.index, section.name]));
  for (let symbol = 1; (symbol + 1) * symbolSize <= view.byteLength && wanted.size > 0; symbol += 1) {
    const section = view.getUint16(symbol * symbolSize + 6, true);
    const name = wanted.get(section);
    if (name === undefined) continue;
    wanted.delete(section);
    places.push({ name, symbol, offset: view.getBigUint64(symbol * symbolSize + 8, true) });
  }
  // gdb is given `.text` first.
  return places.sort((a, b) => Number(b.name === '.text') - Number(a.name === '.text'));
}

function isPlaced({ name, flags }: ElfSection): boolean {
  if ((flags & allocated) === 0n || !/^\.[\w.]+$/.test(name)) return false;
  return (flags & executable) !== 0n || /^\.(data|bss|rodata|gnu\.linkonce\.this_module)/.test(name);
}
