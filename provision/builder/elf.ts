/** Just enough of ELF (64-bit, little-endian, as amd64 and arm64 are) to read a section by its name. */

export class ElfError extends Error {}

const machines = new Map<number, string>([
  [3, 'i386'],
  [40, 'armhf'],
  [62, 'amd64'],
  [183, 'arm64'],
  [243, 'riscv64'],
]);

export interface Elf {
  /** Debian's name of the architecture, or `machine 22` for one we have no name for. */
  readonly machine: string;
  /** The section's bytes, or undefined where there is none of that name. Throws ElfError when it is damaged. */
  section(name: string): Uint8Array | undefined;
}

/** Throws ElfError, saying what is wrong. The file is untrusted: every offset is checked. */
export function readElf(file: Uint8Array): Elf {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
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
  const nameOf = (index: number): string => {
    const start = view.getUint32(at + index * size, true);
    const end = strings.indexOf(0, start);
    return Buffer.from(strings.subarray(start, end < 0 ? start : end)).toString('latin1');
  };
  return {
    machine: machines.get(machine) ?? `machine ${machine}`,
    section(name) {
      for (let index = 1; index < count; index += 1) if (nameOf(index) === name) return bytesOf(index);
      return undefined;
    },
  };
}

function offset(view: DataView, at: number): number {
  const value = view.getBigUint64(at, true);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new ElfError('an offset is damaged');
  return Number(value);
}

/** The NUL-terminated strings of a section such as `.modinfo` or `.comment`. */
export function readStrings(section: Uint8Array): string[] {
  return Buffer.from(section)
    .toString('utf8')
    .split('\0')
    .filter((text) => text !== '');
}
