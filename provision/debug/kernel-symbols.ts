/**
 * Names for the kernel's addresses, as a file that gdb takes. Debian keeps the kernel's debug information in a package
 * of several hundred megabytes; a running kernel lists its own symbols.
 */
import { labError } from '../../lab/errors.ts';
import type { Architecture } from '../../lab/names.ts';

export interface KernelSymbol {
  readonly address: bigint;
  readonly name: string;
  readonly code: boolean;
  readonly global: boolean;
}

/** A kernel has a tenth of a million or two. */
const mostSymbols = 1_000_000;

/** Symbols of the kernel itself in `/proc/kallsyms`, by address. Lines of modules, and whatever else stands there, are left out. */
export function readKernelSymbols(text: string): KernelSymbol[] {
  const symbols: KernelSymbol[] = [];
  for (const line of text.split('\n', mostSymbols)) {
    const [, digits = '', kind = '', name = ''] = /^([0-9a-f]{16}) ([A-Za-z]) ([\w.$]+)$/.exec(line) ?? [];
    // Small ones are offsets in the memory of a processor. `__pfx_` is the room in front of a function.
    if (!digits.startsWith('ffff') || name.startsWith('__pfx_')) continue;
    const code = /[tw]/i.test(kind);
    symbols.push({ address: BigInt(`0x${digits}`), name, code, global: kind !== kind.toLowerCase() });
  }
  return symbols.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
}

/** Throws `DebuggerUnavailable`. */
export function addressOf(symbols: readonly KernelSymbol[], name: string): bigint {
  const found = symbols.find((symbol) => symbol.name === name);
  if (found === undefined)
    throw labError('DebuggerUnavailable', { reason: `the kernel lists no symbol ${name}` });
  return found.address;
}

const machines: Record<Architecture, number> = { amd64: 62, arm64: 183 };
const [headerSize, sectionSize, symbolSize] = [64, 64, 24];
const [executableFile, symbolTable, stringTable, noBits] = [2, 2, 3, 8];
const [write, allocated, executable] = [1, 2, 4];
/** Room for the last symbol of a section, whose size nobody tells. */
const lastBytes = 4096n;

interface Section {
  readonly code: boolean;
  readonly start: bigint;
  end: bigint;
}

/**
 * An ELF file of symbols and of sections without contents: gdb looks for an address in a section first, and reads what
 * is there from the machine.
 *
 * @param symbols sorted by address
 */
export function symbolFile(arch: Architecture, symbols: readonly KernelSymbol[]): Uint8Array {
  const sections: Section[] = [];
  const sectionOf = symbols.map(({ address, code }) => {
    const last = sections.at(-1);
    if (last?.code === code && address < last.end + (1n << 24n)) last.end = address + lastBytes;
    else {
      if (last && last.end > address) last.end = address;
      sections.push({ code, start: address, end: address + lastBytes });
    }
    // 0 is none.
    return sections.length;
  });
  const names = new Strings();
  const order = symbols.map((_, index) => index);
  // The format wants local symbols first.
  const sorted = [
    ...order.filter((index) => !symbols[index]?.global),
    ...order.filter((index) => symbols[index]?.global),
  ];
  const table = Buffer.alloc((symbols.length + 1) * symbolSize);
  for (const [at, index] of sorted.entries()) {
    const symbol = symbols[index] as KernelSymbol;
    const offset = (at + 1) * symbolSize;
    table.writeUInt32LE(names.add(symbol.name), offset);
    table.writeUInt8((symbol.global ? 0x10 : 0) | (symbol.code ? 2 : 1), offset + 4);
    table.writeUInt16LE(sectionOf[index] as number, offset + 6);
    table.writeBigUInt64LE(symbol.address, offset + 8);
  }
  const locals = 1 + symbols.filter(({ global }) => !global).length;
  const strings = names.bytes();
  const sectionNames = new Strings();
  const count = sections.length + 4;
  const at = { table: headerSize, strings: headerSize + table.length };
  const named: Buffer[] = [];
  const put = (name: string, type: number, flags: number, address: bigint, fields: readonly number[]) => {
    const header = Buffer.alloc(sectionSize);
    header.writeUInt32LE(sectionNames.add(name), 0);
    header.writeUInt32LE(type, 4);
    header.writeBigUInt64LE(BigInt(flags), 8);
    header.writeBigUInt64LE(address, 16);
    const [offset = 0, size = 0, link = 0, info = 0, entry = 0] = fields;
    header.writeBigUInt64LE(BigInt(offset), 24);
    header.writeBigUInt64LE(BigInt(size), 32);
    header.writeUInt32LE(link, 40);
    header.writeUInt32LE(info, 44);
    header.writeBigUInt64LE(1n, 48);
    header.writeBigUInt64LE(BigInt(entry), 56);
    named.push(header);
  };
  put('', 0, 0, 0n, []);
  for (const [index, { code, start, end }] of sections.entries()) {
    const flags = allocated | (code ? executable : write);
    put(`${code ? '.text' : '.data'}.${index}`, noBits, flags, start, [headerSize, Number(end - start)]);
  }
  put('.symtab', symbolTable, 0, 0n, [at.table, table.length, count - 2, locals, symbolSize]);
  put('.strtab', stringTable, 0, 0n, [at.strings, strings.length]);
  const ownName = sectionNames.add('.shstrtab');
  const shstrtab = sectionNames.bytes();
  put('.shstrtab', stringTable, 0, 0n, [at.strings + strings.length, shstrtab.length]);
  named.at(-1)?.writeUInt32LE(ownName, 0);

  const header = Buffer.alloc(headerSize);
  header.write('\x7fELF\x02\x01\x01', 'latin1');
  header.writeUInt16LE(executableFile, 16);
  header.writeUInt16LE(machines[arch], 18);
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(BigInt(at.strings + strings.length + shstrtab.length), 40);
  header.writeUInt16LE(headerSize, 52);
  header.writeUInt16LE(sectionSize, 58);
  header.writeUInt16LE(count, 60);
  header.writeUInt16LE(count - 1, 62);
  return Buffer.concat([header, table, strings, shstrtab, ...named]);
}

/** A table of NUL-terminated strings; the first is empty. */
class Strings {
  private readonly parts: string[] = [''];
  private length = 1;

  /** Offset of the string. All are ASCII. */
  add(text: string): number {
    if (text === '') return 0;
    const at = this.length;
    this.parts.push(text);
    this.length += text.length + 1;
    return at;
  }

  bytes(): Buffer {
    return Buffer.from(`${this.parts.join('\0')}\0`, 'latin1');
  }
}
