/** Attribute forms of DWARF 4 and 5: how a value is written, and how to step over one. 32-bit DWARF only. */
import { ElfError } from '../elf.ts';
import type { Cursor } from './cursor.ts';

const codes = {
  addr: 0x01,
  block2: 0x03,
  block4: 0x04,
  data2: 0x05,
  data4: 0x06,
  data8: 0x07,
  string: 0x08,
  block: 0x09,
  block1: 0x0a,
  data1: 0x0b,
  flag: 0x0c,
  sdata: 0x0d,
  strp: 0x0e,
  udata: 0x0f,
  refAddr: 0x10,
  ref1: 0x11,
  ref2: 0x12,
  ref4: 0x13,
  ref8: 0x14,
  refUdata: 0x15,
  indirect: 0x16,
  secOffset: 0x17,
  exprloc: 0x18,
  flagPresent: 0x19,
  strx: 0x1a,
  addrx: 0x1b,
  refSup4: 0x1c,
  strpSup: 0x1d,
  data16: 0x1e,
  lineStrp: 0x1f,
  refSig8: 0x20,
  implicitConst: 0x21,
  loclistx: 0x22,
  rnglistx: 0x23,
  refSup8: 0x24,
  strx1: 0x25,
  strx2: 0x26,
  strx3: 0x27,
  strx4: 0x28,
  addrx1: 0x29,
  addrx2: 0x2a,
  addrx3: 0x2b,
  addrx4: 0x2c,
} as const;

/** Sizes in bytes of the forms that have one, addresses apart. */
const sizes = new Map<number, number>([
  ...[codes.data1, codes.flag, codes.ref1, codes.strx1, codes.addrx1].map(withSize(1)),
  ...[codes.data2, codes.ref2, codes.strx2, codes.addrx2].map(withSize(2)),
  ...[codes.strx3, codes.addrx3].map(withSize(3)),
  ...[codes.data4, codes.ref4, codes.strp, codes.lineStrp, codes.refAddr, codes.secOffset].map(withSize(4)),
  ...[codes.strx4, codes.addrx4, codes.refSup4, codes.strpSup].map(withSize(4)),
  ...[codes.data8, codes.ref8, codes.refSig8, codes.refSup8].map(withSize(8)),
  ...[codes.data16].map(withSize(16)),
  ...[codes.flagPresent, codes.implicitConst].map(withSize(0)),
]);

const lebs: readonly number[] = [
  codes.udata,
  codes.refUdata,
  codes.strx,
  codes.addrx,
  codes.loclistx,
  codes.rnglistx,
];

function withSize(size: number) {
  return (code: number): [number, number] => [code, size];
}

/** An unsigned number. Throws ElfError for a form that is none. */
function number(cursor: Cursor, code: number): number {
  if (lebs.includes(code)) return cursor.uleb();
  if (code === codes.sdata) return cursor.sleb();
  if (code === codes.flagPresent) return 1;
  const size = sizes.get(code);
  if (size === 3) return cursor.u24();
  if (size === undefined) throw unknown(code);
  return cursor.uint(size);
}

/** Steps over one value. Throws ElfError for a form that this reader does not know. */
function skip(cursor: Cursor, code: number, addressSize: number): void {
  const size = code === codes.addr ? addressSize : sizes.get(code);
  if (size !== undefined) cursor.skip(size);
  else if (lebs.includes(code)) cursor.uleb();
  else if (code === codes.sdata) cursor.sleb();
  else if (code === codes.string) cursor.string();
  else if (code === codes.block || code === codes.exprloc) cursor.skip(cursor.uleb());
  else if (code === codes.block1) cursor.skip(cursor.u8());
  else if (code === codes.block2) cursor.skip(cursor.u16());
  else if (code === codes.block4) cursor.skip(cursor.u32());
  else throw unknown(code);
}

function unknown(code: number): ElfError {
  return new ElfError(`its debug information has a value of unknown form 0x${code.toString(16)}`);
}

export const form = { codes, number, skip };
