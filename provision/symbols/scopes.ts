/** Functions, and the functions that the compiler folded into them, from DWARF 4 and 5 (section `.debug_info`). */
import { ElfError, stringAt } from '../elf.ts';
import { type Abbreviation, abbreviationReader } from './abbreviations.ts';
import { type Budget, Cursor } from './cursor.ts';
import { form } from './forms.ts';
import { type CodeRange, type RangeSections, readRanges } from './ranges.ts';
import type { CodeAddress, Relocated } from './relocate.ts';

export interface ScopeSections extends RangeSections {
  readonly info: Relocated;
  readonly abbrev: Uint8Array;
  readonly str: Uint8Array;
  readonly lineStr: Uint8Array;
}

/** A function with code of its own, or one folded into the scope around it. */
export interface Scope {
  readonly name: string | undefined;
  readonly ranges: readonly CodeRange[];
  /** Where it was called from, of a folded one: number in the unit's table of files, line. */
  readonly callFile: number;
  readonly callLine: number;
  /** Offset of the unit's table in `.debug_line`. */
  readonly lineTable: number | undefined;
  readonly inner: readonly Scope[];
}

const tags = { lexicalBlock: 0x0b, compileUnit: 0x11, inlinedSubroutine: 0x1d, subprogram: 0x2e } as const;
const attributes = {
  name: 0x03,
  lineTable: 0x10,
  lowPc: 0x11,
  highPc: 0x12,
  abstractOrigin: 0x31,
  specification: 0x47,
  ranges: 0x55,
  callFile: 0x58,
  callLine: 0x59,
} as const;
const unitTypes: readonly number[] = [1, 3]; // DW_UT_compile, DW_UT_partial

const deepest = 256;
const mostScopes = 200_000;

interface Unit {
  /** Offset of its header: references within it count from here. */
  readonly start: number;
  readonly version: number;
  readonly addressSize: number;
  readonly abbreviations: ReadonlyMap<number, Abbreviation>;
  lineTable: number | undefined;
  base: CodeAddress | undefined;
}

interface Entry {
  name?: string;
  lineTable?: number;
  low?: CodeAddress;
  /** Of the code, in bytes, or where it ends. */
  high?: { readonly value: number; readonly isAddress: boolean };
  ranges?: number;
  /** The entry that has the name. */
  origin?: number;
  callFile?: number;
  callLine?: number;
}

interface Found extends Scope {
  name: string | undefined;
  readonly inner: Found[];
  readonly origin: number | undefined;
}

/** Throws ElfError. */
export class Scopes {
  private readonly outermost: Found[] = [];
  private readonly all: Found[] = [];
  /** Entry of a function → its name, or the entry that has it. */
  private readonly names = new Map<number, Pick<Entry, 'name' | 'origin'>>();
  private readonly sections: ScopeSections;
  private readonly budget: Budget;

  constructor(sections: ScopeSections, budget: Budget) {
    this.sections = sections;
    this.budget = budget;
    const abbreviations = abbreviationReader(sections.abbrev, budget);
    const all = new Cursor(sections.info.bytes);
    while (!all.done) {
      const start = all.at;
      const length = all.u32();
      if (length === 0xffffffff) break; // 64-bit DWARF
      const cursor = new Cursor(all.bytes, all.skip(length), all.at);
      const version = cursor.u16();
      if (version < 4 || version > 5) continue;
      if (version >= 5 && !unitTypes.includes(cursor.u8())) continue;
      const sizeFirst = version >= 5 ? cursor.u8() : 0;
      const abbreviationsAt = cursor.u32();
      const addressSize = version >= 5 ? sizeFirst : cursor.u8();
      this.readUnit(cursor, {
        start,
        version,
        addressSize,
        abbreviations: abbreviations(abbreviationsAt),
        lineTable: undefined,
        base: undefined,
      });
    }
    for (const scope of this.all) scope.name ??= this.nameOf(scope.origin);
  }

  /** The function at an address and what is folded into it there, outermost first; empty where nothing is known. */
  at(address: CodeAddress): Scope[] {
    const chain: Scope[] = [];
    const covers = ({ ranges }: Scope) =>
      ranges.some(
        ({ section, start, end }) =>
          section === address.section && address.offset >= start && address.offset < end,
      );
    let scope = this.outermost.find(covers);
    while (scope !== undefined) {
      chain.push(scope);
      scope = scope.inner.find(covers);
    }
    return chain;
  }

  private readUnit(cursor: Cursor, unit: Unit): void {
    const parents: (Found | undefined)[] = [];
    while (!cursor.done) {
      this.budget.spend();
      const at = cursor.at;
      const code = cursor.uleb();
      if (code === 0) {
        parents.pop();
        if (parents.length === 0) return;
        continue;
      }
      const abbreviation = unit.abbreviations.get(code);
      if (abbreviation === undefined) throw new ElfError('its debug information is damaged');
      const parent = parents.at(-1);
      const scope = this.readEntry(cursor, unit, abbreviation, at, parent);
      if (abbreviation.hasChildren) {
        if (parents.length >= deepest) throw new ElfError('its debug information is nested too deep');
        parents.push(scope);
      } else if (parents.length === 0) return;
    }
  }

  /** Answers the scope that entries below this one belong to. */
  private readEntry(
    cursor: Cursor,
    unit: Unit,
    abbreviation: Abbreviation,
    at: number,
    parent: Found | undefined,
  ): Found | undefined {
    const { tag } = abbreviation;
    const isFunction = tag === tags.subprogram || tag === tags.inlinedSubroutine;
    this.budget.spend(abbreviation.attributes.length);
    if (!isFunction && tag !== tags.compileUnit) {
      for (const { code } of abbreviation.attributes)
        form.skip(cursor, this.real(cursor, code), unit.addressSize);
      return tag === tags.lexicalBlock ? parent : undefined;
    }
    const entry = this.readAttributes(cursor, unit, abbreviation);
    if (tag === tags.compileUnit) {
      unit.lineTable = entry.lineTable;
      unit.base = entry.low;
      return undefined;
    }
    if (tag === tags.subprogram) {
      this.names.set(at, {
        ...(entry.name === undefined ? {} : { name: entry.name }),
        ...(entry.origin === undefined ? {} : { origin: entry.origin }),
      });
    }
    const ranges = this.rangesOf(unit, entry);
    if (ranges.length === 0 || this.all.length >= mostScopes) return undefined;
    const scope: Found = {
      name: entry.name,
      origin: entry.origin,
      ranges,
      callFile: entry.callFile ?? 0,
      callLine: entry.callLine ?? 0,
      lineTable: unit.lineTable,
      inner: [],
    };
    this.all.push(scope);
    if (tag === tags.subprogram) this.outermost.push(scope);
    else parent?.inner.push(scope);
    return scope;
  }

  private readAttributes(cursor: Cursor, unit: Unit, { attributes: list }: Abbreviation): Entry {
    const entry: Entry = {};
    for (const { name, code: written, constant } of list) {
      const code = this.real(cursor, written);
      const number = () => (code === form.codes.implicitConst ? constant : form.number(cursor, code));
      if (name === attributes.name) {
        const text = this.readName(cursor, code);
        if (text !== undefined) entry.name = text;
      } else if (name === attributes.lineTable) entry.lineTable = number();
      else if (name === attributes.lowPc && code === form.codes.addr) {
        const section = this.sections.info.sectionAt(cursor.at);
        const offset = cursor.uint(unit.addressSize);
        if (section !== undefined) entry.low = { section, offset };
      } else if (name === attributes.highPc) {
        const isAddress = code === form.codes.addr;
        entry.high = { value: isAddress ? cursor.uint(unit.addressSize) : number(), isAddress };
      } else if (name === attributes.ranges && code !== form.codes.rnglistx) entry.ranges = number();
      else if (name === attributes.abstractOrigin || name === attributes.specification) {
        const within = code !== form.codes.refAddr && code !== form.codes.refSig8;
        entry.origin = number() + (within ? unit.start : 0);
      } else if (name === attributes.callFile) entry.callFile = number();
      else if (name === attributes.callLine) entry.callLine = number();
      else form.skip(cursor, code, unit.addressSize);
    }
    return entry;
  }

  private readName(cursor: Cursor, code: number): string | undefined {
    const { str, lineStr } = this.sections;
    if (code === form.codes.string) return cursor.string();
    if (code === form.codes.strp) return stringAt(str, cursor.u32());
    if (code === form.codes.lineStrp) return stringAt(lineStr, cursor.u32());
    form.skip(cursor, code, 8);
    return undefined;
  }

  private rangesOf(unit: Unit, { low, high, ranges }: Entry): CodeRange[] {
    if (ranges !== undefined) return readRanges(this.sections, unit, ranges, this.budget);
    if (low === undefined || high === undefined) return [];
    const end = high.isAddress ? high.value : low.offset + high.value;
    return [{ section: low.section, start: low.offset, end }];
  }

  /** A value whose entry says its form itself. */
  private real(cursor: Cursor, code: number): number {
    return code === form.codes.indirect ? cursor.uleb() : code;
  }

  private nameOf(origin: number | undefined): string | undefined {
    let at = origin;
    for (let hops = 0; at !== undefined && hops < 8; hops += 1) {
      const known = this.names.get(at);
      if (known?.name !== undefined) return known.name;
      at = known?.origin;
    }
    return undefined;
  }
}
