/**
 * A `.ko` as gcc would make it of this source, with DWARF 4 or 5:
 *
 *     worker   .text            0x00 to 0x40, lines 40 to 43; at 0x10 to 0x20 list_add() of list.h is folded in,
 *                               and __list_add() into that
 *     worker   .text.unlikely   0x00 to 0x08, its cold part, line 50
 *     twice    .text            0x40 to 0x48 line 60, and another of that name at 0x48 to 0x58 line 70
 */
import { amd64, elfFile, type Relocation, relocationSection, symbolSections } from '../elf-file.ts';

/** Relocations of an address and of an offset into another section. */
const relocationTypes = { amd64: [1, 10], arm64: [257, 258] } as const;

/** Bytes written one after another, and what the linker is to put into them. */
class Writer {
  readonly bytes: number[] = [];
  readonly relocations: Relocation[] = [];
  private readonly types: readonly [number, number];

  constructor(types: readonly [number, number]) {
    this.types = types;
  }

  put(...bytes: number[]): this {
    this.bytes.push(...bytes);
    return this;
  }

  u32(value: number): this {
    return this.put(value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, (value >> 24) & 0xff);
  }

  text(text: string): this {
    return this.put(...Buffer.from(`${text}\0`));
  }

  /** An address: symbol number `symbol` plus `addend`. */
  address(symbol: number, addend = 0): this {
    this.relocations.push({ offset: this.bytes.length, type: this.types[0], symbol, addend });
    return this.u32(0).u32(0);
  }

  /** An offset into a section, filled in by the linker as gcc has it. */
  offset(symbol: number, addend: number): this {
    this.relocations.push({ offset: this.bytes.length, type: this.types[1], symbol, addend });
    return this.u32(0);
  }

  /** Its length in front, as DWARF has it; relocations move with the bytes. */
  withLength(): this {
    const length = this.bytes.length;
    this.bytes.unshift(length & 0xff, (length >> 8) & 0xff, 0, 0);
    for (const [index, relocation] of this.relocations.entries()) {
      this.relocations[index] = { ...relocation, offset: relocation.offset + 4 };
    }
    return this;
  }
}

/** Symbols of sections come first, numbered as here. */
const symbolOf = { text: 1, unlikely: 2, str: 3, lineStr: 4 } as const;

/** Advances the address, then sets the line, then makes a row. */
function row(to: Writer, bytesOn: number, linesOn: number): void {
  to.put(2, bytesOn).put(3, (linesOn & 0x7f) | 0x80, (linesOn >> 7) & 0x7f, 1);
}

function lineTable(version: 4 | 5, types: readonly [number, number]): Writer {
  const tables = new Writer(types);
  const standardOpcodes = [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1];
  tables.put(1, 1, 1, 0xfb, 14, 13, ...standardOpcodes);
  if (version === 5) {
    // Folders and files as offsets into .debug_line_str.
    tables.put(1, 1, 0x1f).put(2).offset(symbolOf.lineStr, 0).offset(symbolOf.lineStr, 12);
    tables.put(2, 1, 0x1f, 2, 0x0b).put(3);
    tables.offset(symbolOf.lineStr, 51).put(0).offset(symbolOf.lineStr, 51).put(0);
    tables.offset(symbolOf.lineStr, 58).put(1);
  } else {
    tables.text('/build/lab3').text('/usr/src/linux-headers-6/include/linux').put(0);
    tables.text('lab3.c').put(1, 0, 0).text('list.h').put(2, 0, 0).put(0);
  }
  const table = new Writer(types).put(version, 0);
  if (version === 5) table.put(8, 0);
  table.u32(tables.bytes.length);
  const shift = table.bytes.length;
  table.put(...tables.bytes);
  for (const one of tables.relocations) table.relocations.push({ ...one, offset: one.offset + shift });

  table.put(0, 9, 2).address(symbolOf.text, 0);
  row(table, 0, 39); // 40
  table.put(4, 2);
  row(table, 0x10, 60); // list.h:100
  row(table, 8, -78); // list.h:22, backwards
  table.put(4, 1);
  row(table, 8, 21); // lab3.c:43
  row(table, 0x20, 17); // 60
  row(table, 8, 10); // 70
  table.put(2, 0x10).put(0, 1, 1);
  table.put(0, 9, 2).address(symbolOf.unlikely, 0);
  row(table, 0, 49);
  table.put(2, 8).put(0, 1, 1);
  return table.withLength();
}

const abbreviations = [
  [1, 0x11, 1, [0x10, 0x17, 0x55, 0x17, 0x11, 0x01]], // unit: stmt_list, ranges, low_pc
  [2, 0x2e, 0, [0x03, 0x08, 0x20, 0x21, 3]], // function folded everywhere: name, inline (implicit_const)
  [3, 0x2e, 1, [0x03, 0x0e, 0x55, 0x17]], // worker: name (strp), ranges
  [4, 0x1d, 1, [0x31, 0x13, 0x11, 0x01, 0x12, 0x06, 0x58, 0x0b, 0x59, 0x0b]],
  [5, 0x2e, 0, [0x03, 0x08, 0x11, 0x01, 0x12, 0x06]],
  [6, 0x0b, 1, []],
] as const;

function abbreviationTable(version: 4 | 5): number[] {
  const table: number[] = [];
  for (const [number, tag, children, attributes] of abbreviations) {
    // DWARF 4 knows no implicit_const: there the function has its name alone.
    const list = version === 4 && number === 2 ? [0x03, 0x08] : attributes;
    table.push(number, tag, children, ...list, 0, 0);
  }
  return [...table, 0];
}

function info(version: 4 | 5, types: readonly [number, number]): Writer {
  const unit = new Writer(types).put(version, 0);
  if (version === 5) unit.put(1, 8);
  unit.u32(0);
  if (version === 4) unit.put(8);
  // References count from the unit's length field, 4 bytes before what is written so far.
  const here = () => unit.bytes.length + 4;
  unit.put(1).u32(0).u32(0).u32(0).u32(0); // stmt_list 0, ranges 0, low_pc 0
  const listAdd = here();
  unit.put(2).text('list_add');
  const innerAdd = here();
  unit.put(2).text('__list_add');
  unit.put(3).offset(symbolOf.str, 4).u32(0);
  unit.put(6);
  unit.put(4).u32(listAdd).address(symbolOf.text, 0x10).u32(0x10).put(1, 42);
  unit.put(4).u32(innerAdd).address(symbolOf.text, 0x18).u32(8).put(2, 101).put(0);
  unit.put(0, 0, 0);
  unit.put(5).text('twice').address(symbolOf.text, 0x40).u32(8);
  unit.put(5).text('twice').address(symbolOf.text, 0x48).u32(0x10);
  unit.put(0);
  return unit.withLength();
}

function rangeList(version: 4 | 5, types: readonly [number, number]): Writer {
  const list = new Writer(types);
  if (version === 5) {
    list.put(5).address(symbolOf.text, 0).put(4, 0, 0x40);
    return list.put(7).address(symbolOf.unlikely, 0).put(8).put(0);
  }
  list.address(symbolOf.text, 0).address(symbolOf.text, 0x40);
  return list
    .address(symbolOf.unlikely, 0)
    .address(symbolOf.unlikely, 8)
    .put(...Array(16).fill(0));
}

export function moduleFile(version: 4 | 5 = 5, machine = amd64, without: readonly string[] = []): Buffer {
  const types = machine === amd64 ? relocationTypes.amd64 : relocationTypes.arm64;
  const lineStr = Buffer.from('/build/lab3\0/usr/src/linux-headers-6/include/linux\0lab3.c\0list.h\0');
  const contents: [string, Writer | Uint8Array, number][] = [
    ['.text', new Uint8Array(0x58), 6],
    ['.text.unlikely', new Uint8Array(8), 6],
    ['.debug_str', Buffer.from('abc\0worker\0'), 0],
    ['.debug_line_str', lineStr, 0],
    ['.debug_line', lineTable(version, types), 0],
    ['.debug_info', info(version, types), 0],
    ['.debug_abbrev', Uint8Array.from(abbreviationTable(version)), 0],
    [version === 5 ? '.debug_rnglists' : '.debug_ranges', rangeList(version, types), 0],
  ];
  const kept = contents.filter(([name]) => !without.includes(name));
  const indexOf = (name: string) => kept.findIndex(([one]) => one === name) + 1;
  const section = (name: string) => ({ name: '', section: indexOf(name), value: 0, size: 0, type: 3 });
  const code = (name: string, value: number, size: number, where = '.text') => ({
    name,
    section: indexOf(where),
    value,
    size,
  });
  const symbols = [
    ...['.text', '.text.unlikely', '.debug_str', '.debug_line_str'].map(section),
    code('worker', 0, 0x40),
    code('worker.cold', 0, 8, '.text.unlikely'),
    code('twice', 0x40, 8),
    code('twice', 0x48, 0x10),
  ];
  const writers = kept.flatMap(([name, one]) => (one instanceof Writer ? [{ name, writer: one }] : []));
  const table = kept.length + 1;
  return elfFile(
    [
      ...kept.map(([name, one, flags]) => ({
        name,
        flags,
        bytes: one instanceof Writer ? Uint8Array.from(one.bytes) : one,
      })),
      ...symbolSections(symbols, table + 1),
      ...writers.map(({ name, writer }) => relocationSection(name, writer.relocations, indexOf(name), table)),
    ],
    machine,
  );
}
