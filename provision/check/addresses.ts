/**
 * Names for addresses of a module that is not there any more. A report that is made after rmmod shows bare addresses;
 * where the sections had been loaded, and the file's own symbols, tell what they were.
 */
import { type Elf, executable, readElf } from '../elf.ts';
import { type FunctionSymbol, readSymbolTable } from '../symbols/relocate.ts';

interface Loaded {
  readonly section: number;
  readonly start: bigint;
  readonly end: bigint;
}

export class ModuleAddresses {
  private readonly elf: Elf;
  private readonly name: string;
  private readonly functions = new Map<number, FunctionSymbol[]>();
  /** The newest load first. */
  private loads: Loaded[][] = [];

  /** @param name as the kernel knows the module. Throws ElfError. */
  constructor(ko: Uint8Array, name: string) {
    this.elf = readElf(ko);
    this.name = name;
    for (const symbol of readSymbolTable(this.elf).functions) {
      const alike = this.functions.get(symbol.section) ?? [];
      alike.push(symbol);
      this.functions.set(symbol.section, alike);
    }
  }

  /** Where the sections of a load lie, as the guest says. Each load may lie elsewhere. */
  learn(addresses: ReadonlyMap<string, bigint>): void {
    const load = this.elf.sections.flatMap((section): Loaded[] => {
      const start = addresses.get(section.name);
      if (start === undefined || start === 0n || (section.flags & executable) === 0n) return [];
      return [{ section: section.index, start, end: start + BigInt(this.elf.bytes(section).length) }];
    });
    if (load.length > 0) this.loads = [load, ...this.loads].slice(0, 64);
  }

  /** The text with every bare address of the module's code written as the kernel would have written it. */
  nameAll(text: string): string {
    if (this.loads.length === 0) return text;
    return text.replace(
      /\b0x([0-9a-f]{16})\b(?! of \d)/g,
      (whole, digits: string) => this.nameOf(BigInt(`0x${digits}`)) ?? whole,
    );
  }

  private nameOf(address: bigint): string | undefined {
    for (const load of this.loads) {
      const found = load.find(({ start, end }) => address >= start && address < end);
      if (found === undefined) continue;
      const offset = Number(address - found.start);
      const symbol = (this.functions.get(found.section) ?? [])
        .filter((one) => one.offset <= offset && offset < one.offset + Math.max(one.size, 1))
        .at(-1);
      if (symbol === undefined) return undefined;
      const within = (offset - symbol.offset).toString(16);
      return `${symbol.name}+0x${within}/0x${symbol.size.toString(16)} [${this.name}]`;
    }
    return undefined;
  }
}
