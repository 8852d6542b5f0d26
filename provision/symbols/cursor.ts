import { ElfError, stringAt, viewOf } from '../elf.ts';

/**
 * What reading one file may cost, in steps of any kind. Debug information of a hostile file can make its reader
 * repeat work out of all proportion to its size (a table without end of entries that take no bytes, a thousand units
 * that share one long table); a module as large as they come takes a few million.
 */
export class Budget {
  private left: number;

  constructor(steps: number) {
    this.left = steps;
  }

  spend(steps = 1): void {
    this.left -= steps;
    if (this.left < 0) throw new ElfError('its debug information has no end');
  }
}

/** Reads numbers and strings of DWARF one after another. Throws ElfError at the end of its bytes. */
export class Cursor {
  readonly bytes: Uint8Array;
  private readonly view: DataView;
  at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    if (start > end || end > bytes.length) throw new ElfError('its debug information is damaged');
    this.bytes = bytes;
    this.view = viewOf(bytes);
    this.at = start;
    this.end = end;
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  /** Steps over bytes and answers where they began. */
  skip(count: number): number {
    const start = this.at;
    // `!(… <= …)`: a count that is no number is refused as well.
    if (!(count >= 0 && start + count <= this.end)) throw new ElfError('its debug information is cut off');
    this.at = start + count;
    return start;
  }

  u8(): number {
    return this.view.getUint8(this.skip(1));
  }

  i8(): number {
    return this.view.getInt8(this.skip(1));
  }

  u16(): number {
    return this.view.getUint16(this.skip(2), true);
  }

  u24(): number {
    return this.u16() + this.u8() * 0x10000;
  }

  u32(): number {
    return this.view.getUint32(this.skip(4), true);
  }

  /** Rounded past 2^53: no address, size or line of a module gets there. */
  u64(): number {
    return Number(this.view.getBigUint64(this.skip(8), true));
  }

  /** An unsigned number of `size` bytes. */
  uint(size: number): number {
    if (size === 8) return this.u64();
    if (size === 4) return this.u32();
    if (size === 2) return this.u16();
    if (size === 1) return this.u8();
    throw new ElfError(`its debug information has a number of ${size} bytes`);
  }

  /** LEB128. */
  uleb(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      if (scale > 2 ** 63) throw new ElfError('its debug information has a number without end');
    }
  }

  /** Signed LEB128. */
  sleb(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return byte & 0x40 ? value - scale * 128 : value;
      if (scale > 2 ** 63) throw new ElfError('its debug information has a number without end');
    }
  }

  /** A NUL-terminated string. */
  string(): string {
    const end = this.bytes.indexOf(0, this.at);
    if (end < 0 || end >= this.end) throw new ElfError('its debug information has a string without end');
    const text = stringAt(this.bytes, this.at);
    this.at = end + 1;
    return text;
  }
}
