/** Lists of address ranges: section `.debug_rnglists` of DWARF 5, `.debug_ranges` of DWARF 4. */
import { type Budget, Cursor } from './cursor.ts';
import type { CodeAddress, Relocated } from './relocate.ts';

/** From `start` to before `end`, offsets in one section. */
export interface CodeRange {
  readonly section: number;
  readonly start: number;
  readonly end: number;
}

export interface RangeSections {
  readonly ranges: Relocated | undefined;
  readonly rnglists: Relocated | undefined;
}

interface RangeUnit {
  readonly version: number;
  readonly addressSize: number;
  /** What offsets in a list count from, until the list says otherwise. */
  readonly base: CodeAddress | undefined;
}

const kinds = { endOfList: 0, offsetPair: 4, baseAddress: 5, startEnd: 6, startLength: 7 } as const;

/** Throws ElfError. Entries by index into `.debug_addr` end the list: only split debug information has them. */
export function readRanges(
  { ranges, rnglists }: RangeSections,
  unit: RangeUnit,
  offset: number,
  budget: Budget,
): CodeRange[] {
  const lists = unit.version >= 5 ? rnglists : ranges;
  if (lists === undefined) return [];
  const cursor = new Cursor(lists.bytes, Math.min(offset, lists.bytes.length));
  return unit.version >= 5 ? readList5(lists, cursor, unit, budget) : readList4(lists, cursor, unit, budget);
}

function readList5(lists: Relocated, cursor: Cursor, unit: RangeUnit, budget: Budget): CodeRange[] {
  const found: CodeRange[] = [];
  const address = () => ({ section: lists.sectionAt(cursor.at), offset: cursor.uint(unit.addressSize) });
  const add = (section: number | undefined, start: number, end: number) => {
    if (section !== undefined) found.push({ section, start, end });
  };
  let base: { section: number | undefined; offset: number } | undefined = unit.base;
  for (;;) {
    // Kept in memory, so dearer than a step that leaves nothing.
    budget.spend(10);
    const kind = cursor.u8();
    if (kind === kinds.offsetPair) {
      const [start, end] = [cursor.uleb(), cursor.uleb()];
      add(base?.section, (base?.offset ?? 0) + start, (base?.offset ?? 0) + end);
    } else if (kind === kinds.baseAddress) base = address();
    else if (kind === kinds.startEnd) {
      const [start, end] = [address(), address()];
      add(start.section, start.offset, end.offset);
    } else if (kind === kinds.startLength) {
      const start = address();
      add(start.section, start.offset, start.offset + cursor.uleb());
    } else return found;
  }
}

/** Pairs of addresses; two zeros end the list. In a relocatable file a zero that is relocated is an address. */
function readList4(lists: Relocated, cursor: Cursor, unit: RangeUnit, budget: Budget): CodeRange[] {
  const found: CodeRange[] = [];
  const base = unit.base ?? { section: undefined, offset: 0 };
  for (;;) {
    budget.spend(10);
    const section = lists.sectionAt(cursor.at);
    const start = cursor.uint(unit.addressSize);
    const end = cursor.uint(unit.addressSize);
    if (section !== undefined) found.push({ section, start, end });
    else if (start === 0 && end === 0) return found;
    else if (base.section !== undefined) {
      found.push({ section: base.section, start: base.offset + start, end: base.offset + end });
    }
  }
}
