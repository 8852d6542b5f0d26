/** Just enough of ELF (64-bit, little-endian, as amd64 and arm64 are) to read sections, symbols and relocations. */

export class ElfError extends Error {}

const machines = new Map<number, string>([
  [3, 'i386'],
  [40, 'armhf'],
  [62, 'amd64'],
  [183, 'arm64'],
  [243, 'riscv64'],
]);

/** Values of `sh_type` and a bit of `sh_flags`. */
export const sectionTypes = { symbols: 2, relocations: 4, noBits: 8 } as const;
export const executable = 4n;

/** No name in a module is longer; a damaged table of strings may have no end. */
const longestName = 1024;

export interface ElfSection {
  readonly index: number;
  readonly name: string;
  readonly type: number;
  readonly flags: bigint;
  /** Index of the table of strings of a symbol table, or of the symbol table of relocations. */
  readonly link: number;
  /** Index of the section that relocations change. */
  readonly info: number;
}

export interface Elf {
  /** Debian's name of the architecture, or `machine 22` for one we have no name for. */
  readonly machine: string;
  readonly sections: readonly ElfSection[];
  /** The section's bytes, or undefined where there is none of that name. Throws ElfError when it is damaged. */
  section(name: string): Uint8Array | undefined;
  /** Throws ElfError when the section is damaged or takes no room in the file. */
  bytes(section: ElfSection): Uint8Array;
}

/** Throws ElfError, saying what is wrong. The file is untrusted: every offset is checked. */
export function readElf(file: Uint8Array): Elf {
  const view = viewOf(file);
  if (file.length < 64 || view.getUint32(0) !== 0x7f454c46)
    throw new ElfError('it does not start like an ELF file');
  if (file[4] !== 2 || file[5] !== 1) throw new ElfError('it is not 64-bit little-endian');
  const machine = view.getUint16(18, true);

  const at = offset(view, 40);
  const size = view.getUint16(58, true);
  const count = view.getUint16(60, true);
  const names = view.getUint16(62, true);
  if (size !== 64 || count === 0 || names >= count || at + size * count > file.length) {
    throw new ElfError('its section table is damaged');
  }
  const bytesOf = (index: number): Uint8Array => {
    const header = at + index * size;
    const start = offset(view, header + 24);
    const length = offset(view, header + 32);
    if (start + length > file.length) throw new ElfError('a section reaches past its end');
    return file.subarray(start, start + length);
  };
  const strings = bytesOf(names);
  const sections = Array.from({ length: count }, (_, index): ElfSection => {
    const header = at + index * size;
    return {
      index,
      name: stringAt(strings, view.getUint32(header, true)),
      type: view.getUint32(header + 4, true),
      flags: view.getBigUint64(header + 8, true),
      link: view.getUint32(header + 40, true),
      info: view.getUint32(header + 44, true),
    };
  });
  const bytes = (section: ElfSection): Uint8Array => {
    if (section.type === sectionTypes.noBits) throw new ElfError(`section ${section.name} has no contents`);
    return bytesOf(section.index);
  };
  return {
    machine: machines.get(machine) ?? `machine ${machine}`,
    sections,
    bytes,
    section(name) {
      const section = sections.find((one) => one.index > 0 && one.name === name);
      return section && bytes(section);
    },
  };
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function offset(view: DataView, at: number): number {
  const value = view.getBigUint64(at, true);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new ElfError('an offset is damaged');
  return Number(value);
}

/** The NUL-terminated string at `start` of a table of strings, at most `longestName` bytes of it. */
export function stringAt(strings: Uint8Array, start: number): string {
  const part = strings.subarray(start, start + longestName);
  const end = part.indexOf(0);
  return Buffer.from(end < 0 ? part : part.subarray(0, end)).toString('utf8');
}

/** The NUL-terminated strings of a section such as `.modinfo` or `.comment`. */
export function readStrings(section: Uint8Array): string[] {
  return Buffer.from(section)
    .toString('utf8')
    .split('\0')
    .filter((text) => text !== '');
}
