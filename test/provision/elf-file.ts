/** Writes small ELF files as a compiler would leave them: sections, symbols, relocations, nothing linked yet. */

export interface Section {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly type?: number;
  readonly flags?: number;
  readonly link?: number;
  readonly info?: number;
}

export interface Symbol {
  readonly name: string;
  /** Index of its section; sections are counted from 1 in the order given. */
  readonly section: number;
  readonly value: number;
  readonly size: number;
  /** 2: function (the default), 0: label, 3: section. */
  readonly type?: number;
}

export interface Relocation {
  readonly offset: number;
  readonly type: number;
  /** Index of the symbol; symbols are counted from 1 in the order given. */
  readonly symbol: number;
  readonly addend: number;
}

export const amd64 = 62;
export const arm64 = 183;

/** The file: header, contents, table of sections. The names come last. */
export function elfFile(sections: readonly Section[], machine = amd64): Buffer {
  const none: Section = { name: '', bytes: new Uint8Array(), type: 0 };
  const names = Buffer.from(`\0${sections.map(({ name }) => `${name}\0`).join('')}.shstrtab\0`);
  const all: Section[] = [none, ...sections, { name: '.shstrtab', bytes: names, type: 3 }];
  const contents = Buffer.concat(all.map(({ bytes }) => bytes));
  const header = Buffer.alloc(64);
  header.write('\x7fELF\x02\x01\x01', 'latin1');
  header.writeUInt16LE(machine, 18);
  header.writeBigUInt64LE(BigInt(64 + contents.length), 40);
  header.writeUInt16LE(64, 58);
  header.writeUInt16LE(all.length, 60);
  header.writeUInt16LE(all.length - 1, 62);
  let at = 64;
  const table = all.map(({ name, bytes, type = 1, flags = 0, link = 0, info = 0 }) => {
    const row = Buffer.alloc(64);
    row.writeUInt32LE(name === '' ? 0 : names.indexOf(`\0${name}\0`) + 1, 0);
    row.writeUInt32LE(type, 4);
    row.writeBigUInt64LE(BigInt(flags), 8);
    row.writeBigUInt64LE(BigInt(at), 24);
    row.writeBigUInt64LE(BigInt(bytes.length), 32);
    row.writeUInt32LE(link, 40);
    row.writeUInt32LE(info, 44);
    at += bytes.length;
    return row;
  });
  return Buffer.concat([header, contents, ...table]);
}

/** The sections of a symbol table, the second being its names; `names` is the index that one will have. */
export function symbolSections(symbols: readonly Symbol[], names: number): [Section, Section] {
  const strings = Buffer.from(`\0${symbols.map(({ name }) => `${name}\0`).join('')}`);
  const rows = symbols.map(({ name, section, value, size, type = 2 }) => {
    const row = Buffer.alloc(24);
    row.writeUInt32LE(name === '' ? 0 : strings.indexOf(`\0${name}\0`) + 1, 0);
    row.writeUInt8(type, 4);
    row.writeUInt16LE(section, 6);
    row.writeBigUInt64LE(BigInt(value), 8);
    row.writeBigUInt64LE(BigInt(size), 16);
    return row;
  });
  return [
    { name: '.symtab', bytes: Buffer.concat([Buffer.alloc(24), ...rows]), type: 2, link: names },
    { name: '.strtab', bytes: strings, type: 3 },
  ];
}

/** The relocations of section number `info`, whose symbols are in section number `link`. */
export function relocationSection(
  name: string,
  relocations: readonly Relocation[],
  info: number,
  link: number,
): Section {
  const rows = relocations.map(({ offset, type, symbol, addend }) => {
    const row = Buffer.alloc(24);
    row.writeBigUInt64LE(BigInt(offset), 0);
    row.writeUInt32LE(type, 8);
    row.writeUInt32LE(symbol, 12);
    row.writeBigInt64LE(BigInt(addend), 16);
    return row;
  });
  return { name: `.rela${name}`, bytes: Buffer.concat(rows), type: 4, info, link };
}
