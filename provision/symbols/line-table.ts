/** The line tables of DWARF 4 and 5 (section `.debug_line`): which line each instruction comes from. */
import { stringAt } from '../elf.ts';
import { type Budget, Cursor } from './cursor.ts';
import { form } from './forms.ts';
import type { CodeAddress, Relocated } from './relocate.ts';

export interface LineSections {
  readonly line: Relocated;
  readonly lineStr: Uint8Array;
  readonly str: Uint8Array;
}

export interface FileLine {
  /** As the compiler was given it: absolute, or relative to the folder it ran in. */
  readonly file: string;
  readonly line: number;
}

/** The files of one unit, by the number that its line program and its debug information give them. */
export type FileTable = (index: number) => string | undefined;

export interface LineTable {
  /** Undefined where no code that the compiler knows of lies. */
  find(address: CodeAddress): FileLine | undefined;
  /** The files of the unit whose table begins at this offset of `.debug_line`. */
  files(offset: number): FileTable | undefined;
}

/** Rows of contiguous code; addresses do not fall. The last row is where the code ends. */
interface Sequence {
  readonly files: FileTable;
  readonly start: number;
  readonly end: number;
  readonly addresses: readonly number[];
  readonly fileNumbers: readonly number[];
  readonly lines: readonly number[];
}

interface Header {
  readonly files: FileTable;
  readonly minInstruction: number;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeLengths: readonly number[];
}

/** Throws ElfError. */
export function readLineTable(sections: LineSections, budget: Budget): LineTable {
  const bySection = new Map<number, Sequence[]>();
  const files = new Map<number, FileTable>();
  const all = new Cursor(sections.line.bytes);
  while (!all.done) {
    const offset = all.at;
    const length = all.u32();
    // 0xffffffff begins a table of 64-bit DWARF, which no compiler makes unless asked.
    if (length === 0xffffffff) break;
    const unit = new Cursor(all.bytes, all.skip(length), all.at);
    const version = unit.u16();
    if (version < 2 || version > 5) continue;
    const header = readHeader(unit, version, sections, budget);
    files.set(offset, header.files);
    runProgram(unit, header, sections.line, budget, (section, sequence) => {
      const known = bySection.get(section);
      if (known === undefined) bySection.set(section, [sequence]);
      else known.push(sequence);
    });
  }
  return {
    files: (offset) => files.get(offset),
    find({ section, offset }) {
      for (const sequence of bySection.get(section) ?? []) {
        if (offset < sequence.start || offset >= sequence.end) continue;
        const row = lastAtOrBefore(sequence.addresses, offset);
        const file = sequence.files(sequence.fileNumbers[row] ?? 0);
        const line = sequence.lines[row] ?? 0;
        // Line 0: the compiler made this instruction for no line in particular.
        if (file !== undefined && line > 0) return { file, line };
      }
      return undefined;
    },
  };
}

/** Index of the last of the rising numbers that is not above `wanted`; the first is not. */
function lastAtOrBefore(numbers: readonly number[], wanted: number): number {
  let low = 0;
  let high = numbers.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) <= wanted) low = middle;
    else high = middle;
  }
  return low;
}

// ------------------------------------------------------------------------------------------------------ header

function readHeader(unit: Cursor, version: number, sections: LineSections, budget: Budget): Header {
  if (version >= 5) unit.skip(2); // address size, segment selector size
  const length = unit.u32();
  const programStart = unit.at + length;
  const minInstruction = unit.u8();
  if (version >= 4) unit.skip(1); // operations per instruction: 1 but for VLIW machines
  unit.skip(1); // default_is_stmt
  const lineBase = unit.i8();
  const lineRange = unit.u8();
  const opcodeBase = unit.u8();
  const opcodeLengths = [0];
  for (let opcode = 1; opcode < opcodeBase; opcode += 1) opcodeLengths.push(unit.u8());
  const names = version >= 5 ? readNames5(unit, sections, budget) : readNames4(unit, budget);
  unit.at = 0;
  unit.skip(programStart);
  return { files: fileTable(names), minInstruction, lineBase, lineRange, opcodeLengths };
}

interface Names {
  readonly folders: readonly string[];
  readonly files: readonly { readonly name: string; readonly folder: number }[];
}

function fileTable({ folders, files }: Names): FileTable {
  return (index) => {
    const file = files[index];
    if (file === undefined) return undefined;
    const folder = folders[file.folder];
    return file.name.startsWith('/') || !folder ? file.name : `${folder}/${file.name}`;
  };
}

/** Files are counted from 1, folders too: 0 is the one that the compiler ran in. */
function readNames4(unit: Cursor, budget: Budget): Names {
  const folders = [''];
  for (let name = unit.string(); name !== ''; name = unit.string()) {
    budget.spend();
    folders.push(name);
  }
  const files = [{ name: '', folder: 0 }];
  for (let name = unit.string(); name !== ''; name = unit.string()) {
    budget.spend();
    files.push({ name, folder: unit.uleb() });
    unit.uleb(); // time
    unit.uleb(); // size
  }
  return { folders, files };
}

/** Both are counted from 0, and described by a format of their own. */
function readNames5(unit: Cursor, sections: LineSections, budget: Budget): Names {
  const folders = readEntries(unit, sections, budget).map(({ name }) => name);
  const files = readEntries(unit, sections, budget);
  return { folders, files };
}

function readEntries(unit: Cursor, sections: LineSections, budget: Budget) {
  const path = 1;
  const directoryIndex = 2;
  const formats = Array.from({ length: unit.u8() }, () => ({ content: unit.uleb(), form: unit.uleb() }));
  const count = unit.uleb();
  const entries: { name: string; folder: number }[] = [];
  for (let index = 0; index < count; index += 1) {
    let name = '';
    let folder = 0;
    budget.spend(1 + formats.length);
    for (const format of formats) {
      if (format.content === path) name = readName(unit, format.form, sections);
      else if (format.content === directoryIndex) folder = form.number(unit, format.form);
      else form.skip(unit, format.form, 8);
    }
    entries.push({ name, folder });
  }
  return entries;
}

function readName(unit: Cursor, code: number, { lineStr, str }: LineSections): string {
  if (code === form.codes.string) return unit.string();
  const offset = form.number(unit, code);
  return stringAt(code === form.codes.lineStrp ? lineStr : str, offset);
}

// ----------------------------------------------------------------------------------------------------- program

const standard = {
  copy: 1,
  advancePc: 2,
  advanceLine: 3,
  setFile: 4,
  constAddPc: 8,
  fixedAdvancePc: 9,
} as const;
const extended = { endSequence: 1, setAddress: 2 } as const;

function runProgram(
  unit: Cursor,
  { files, minInstruction, lineBase, lineRange, opcodeLengths }: Header,
  line: Relocated,
  budget: Budget,
  found: (section: number, sequence: Sequence) => void,
): void {
  const opcodeBase = opcodeLengths.length;
  const fresh = () => ({ section: undefined as number | undefined, address: 0, file: 1, line: 1 });
  let state = fresh();
  let addresses: number[] = [];
  let fileNumbers: number[] = [];
  let lines: number[] = [];
  const addRow = () => {
    addresses.push(state.address);
    fileNumbers.push(state.file);
    lines.push(state.line);
  };
  const special = (opcode: number) => {
    const adjusted = opcode - opcodeBase;
    // A range of 0 would divide by it; then no special opcode has a meaning.
    if (lineRange === 0) return 0;
    state.address += Math.floor(adjusted / lineRange) * minInstruction;
    return lineBase + (adjusted % lineRange);
  };

  while (!unit.done) {
    budget.spend();
    const opcode = unit.u8();
    if (opcode >= opcodeBase) {
      state.line += special(opcode);
      addRow();
    } else if (opcode === 0) {
      const length = unit.uleb();
      const body = new Cursor(unit.bytes, unit.skip(length), unit.at);
      const code = length === 0 ? 0 : body.u8();
      if (code === extended.setAddress) {
        state.section = line.sectionAt(body.at);
        state.address = body.uint(body.end - body.at);
      } else if (code === extended.endSequence) {
        const [start] = addresses;
        if (state.section !== undefined && start !== undefined) {
          found(state.section, { files, start, end: state.address, addresses, fileNumbers, lines });
        }
        [addresses, fileNumbers, lines] = [[], [], []];
        state = fresh();
      }
    } else if (opcode === standard.copy) addRow();
    else if (opcode === standard.advancePc) state.address += unit.uleb() * minInstruction;
    else if (opcode === standard.advanceLine) state.line += unit.sleb();
    else if (opcode === standard.setFile) state.file = unit.uleb();
    else if (opcode === standard.constAddPc) special(255);
    else if (opcode === standard.fixedAdvancePc) state.address += unit.u16();
    else for (let left = opcodeLengths[opcode] ?? 0; left > 0; left -= 1) unit.uleb();
  }
}
