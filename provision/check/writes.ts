/**
 * Where a module writes memory, told by its object file: for the checked kernel the compiler puts a call to KCSAN
 * before every access, and the file names each of these calls for whoever loads it.
 */
import { type Elf, ElfError, executable, readElf, sectionTypes, stringAt, viewOf } from '../elf.ts';

export interface CodePlace {
  /** As `/sys/module/NAME/sections/` calls it. */
  readonly section: string;
  readonly offset: number;
}

/** A plain or a volatile write, of its own or in one step with a read; an access of atomic_…() */
const write = /^(?:__tsan_(?:volatile_|unaligned_)?(?:read_)?write\d{1,2}|__kcsan_check_access)$/;
/** Code that runs alone: before the threads are there, and after they have gone. */
const alone = /^\.(?:init|exit)\./;
const relocationSize = 24;
const symbolSize = 24;
const mostWrites = 2000;

/** Empty for a module without KCSAN’s calls and for a file that cannot be read. Never throws. */
export function readWrites(ko: Uint8Array): CodePlace[] {
  try {
    const elf = readElf(ko);
    return elf.sections.flatMap((section) =>
      section.type === sectionTypes.relocations ? writesOf(elf, section) : [],
    );
  } catch (error) {
    if (error instanceof ElfError) return [];
    throw error;
  }
}

function writesOf(elf: Elf, relocations: Elf['sections'][number]): CodePlace[] {
  const code = elf.sections[relocations.info];
  const symbols = elf.sections[relocations.link];
  const strings = symbols && elf.sections[symbols.link];
  if (code === undefined || symbols === undefined || strings === undefined) return [];
  if ((code.flags & executable) === 0n || alone.test(code.name)) return [];
  const names = elf.bytes(strings);
  const table = viewOf(elf.bytes(symbols));
  const entries = viewOf(elf.bytes(relocations));
  const found: CodePlace[] = [];
  for (
    let at = 0;
    at + relocationSize <= entries.byteLength && found.length < mostWrites;
    at += relocationSize
  ) {
    const symbol = entries.getUint32(at + 12, true) * symbolSize;
    if (symbol + symbolSize > table.byteLength) continue;
    if (!write.test(stringAt(names, table.getUint32(symbol, true)))) continue;
    found.push({ section: code.name, offset: Number(entries.getBigUint64(at, true)) });
  }
  return found;
}
