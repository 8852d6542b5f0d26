/** Tables of section `.debug_abbrev`: which attributes the entries of `.debug_info` have, and in which form. */
import { type Budget, Cursor } from './cursor.ts';
import { form } from './forms.ts';

export interface Abbreviation {
  readonly tag: number;
  readonly hasChildren: boolean;
  readonly attributes: readonly {
    readonly name: number;
    readonly code: number;
    /** The value itself, where the form is DW_FORM_implicit_const. */
    readonly constant: number;
  }[];
}

/** Reads each table once. What it answers throws ElfError. */
export function abbreviationReader(section: Uint8Array, budget: Budget) {
  const known = new Map<number, ReadonlyMap<number, Abbreviation>>();
  return (offset: number): ReadonlyMap<number, Abbreviation> => {
    const table =
      known.get(offset) ?? readTable(new Cursor(section, Math.min(offset, section.length)), budget);
    known.set(offset, table);
    return table;
  };
}

function readTable(cursor: Cursor, budget: Budget): ReadonlyMap<number, Abbreviation> {
  const table = new Map<number, Abbreviation>();
  for (let number = cursor.uleb(); number !== 0; number = cursor.uleb()) {
    const tag = cursor.uleb();
    const hasChildren = cursor.u8() !== 0;
    const attributes: { name: number; code: number; constant: number }[] = [];
    for (;;) {
      // Kept in memory, so dearer than a step that leaves nothing.
      budget.spend(10);
      const name = cursor.uleb();
      const code = cursor.uleb();
      const constant = code === form.codes.implicitConst ? cursor.sleb() : 0;
      if (name === 0 && code === 0) break;
      attributes.push({ name, code, constant });
    }
    table.set(number, { tag, hasChildren, attributes });
  }
  return table;
}
