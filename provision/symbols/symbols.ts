/**
 * From what the kernel prints (`add_plain+0x25/0x40 [lab3]`) to lines of the source: reads the symbols and the debug
 * information (DWARF 4 or 5, amd64 or arm64) of a `.ko`.
 */
import path from 'node:path';
import { workFolder } from '../builder/recipe.ts';
import { type Elf, ElfError, readElf } from '../elf.ts';
import { Budget } from './cursor.ts';
import { type LineTable, readLineTable } from './line-table.ts';
import {
  type CodeAddress,
  type FunctionSymbol,
  readSymbolTable,
  relocate,
  type SymbolTable,
} from './relocate.ts';
import { Scopes } from './scopes.ts';

export interface SourcePlace {
  /**
   * Path below the folder that was built (`ModuleSource.files` has it), or of a header of the kernel below the
   * kernel's own (`include/linux/list.h`). Untrusted text.
   */
  readonly file: string;
  readonly line: number;
  /** Name in the source: without what the compiler adds, such as `.isra.0`. Untrusted text. */
  readonly function: string;
  /** Whether the file is the module's and not a header of the kernel. */
  readonly own: boolean;
}

export interface Location extends SourcePlace {
  /**
   * Where the function was called from that this instruction belongs to, if it was folded into its caller, and so
   * on: the last is in the function that the kernel named. Empty when nothing was folded.
   */
  readonly callers: readonly SourcePlace[];
}

export interface LocateOptions {
  /** The address is one that a call returns to, as in all of a stack but its first line: the call is before it. */
  readonly returnAddress?: boolean;
  /** What the kernel printed as the function's size: tells functions of the same name apart. */
  readonly size?: number;
}

export interface Symbols {
  /**
   * @param functionName as the kernel prints it: `worker_main`, `worker_main.cold`, `say.isra.0`
   * @param offset in bytes from the function's beginning
   * @returns undefined where the module has no such function or no debug information for that instruction
   */
  locate(functionName: string, offset: number, options?: LocateOptions): Location | undefined;
  /**
   * The same for reports that show bare addresses, such as those made after the module was unloaded.
   *
   * @param section as the kernel names it below `/sys/module/NAME/sections/`: `.text`, `.init.text`
   * @param offset in bytes from the section's beginning
   */
  locateIn(
    section: string,
    offset: number,
    options?: Pick<LocateOptions, 'returnAddress'>,
  ): Location | undefined;
}

/** Undefined when the file has no debug information, or none that can be read. Never throws, whatever the file. */
export function readSymbols(ko: Uint8Array): Symbols | undefined {
  try {
    return new ModuleSymbols(readElf(ko));
  } catch (error) {
    if (error instanceof ElfError) return undefined;
    throw error;
  }
}

/** The innermost place in the module's own files: what a person looks at when the instruction is a header's. */
export function ownPlace(location: Location): SourcePlace | undefined {
  return [location, ...location.callers].find(({ own }) => own);
}

/** Steps for the lines, each of which stays in memory, and for the rest, most of which do not. */
const lineBudget = 2_000_000;
const scopeBudget = 20_000_000;

class ModuleSymbols implements Symbols {
  private readonly elf: Elf;
  private readonly symbols: SymbolTable;
  private readonly functions = new Map<string, FunctionSymbol[]>();
  private readonly lines: LineTable;
  private readonly scopes: Scopes | undefined;

  constructor(elf: Elf) {
    const symbols = readSymbolTable(elf);
    this.elf = elf;
    this.symbols = symbols;
    for (const symbol of symbols.functions) {
      const alike = this.functions.get(symbol.name);
      if (alike === undefined) this.functions.set(symbol.name, [symbol]);
      else if (alike.length < 16) alike.push(symbol);
    }
    const line = relocate(elf, '.debug_line', symbols);
    if (line === undefined || line.bytes.length === 0) throw new ElfError('it has no debug information');
    const strings = (name: string) => relocate(elf, name, symbols)?.bytes ?? new Uint8Array();
    const [str, lineStr] = [strings('.debug_str'), strings('.debug_line_str')];
    this.lines = readLineTable({ line, lineStr, str }, new Budget(lineBudget));
    this.scopes = readScopes(elf, symbols, { str, lineStr });
  }

  locate(functionName: string, offset: number, options: LocateOptions = {}): Location | undefined {
    const symbol = this.choose(functionName, offset, options.size);
    return symbol && this.find(symbol, offset, plainName(functionName), options.returnAddress);
  }

  locateIn(
    section: string,
    offset: number,
    options: Pick<LocateOptions, 'returnAddress'> = {},
  ): Location | undefined {
    const index = this.elf.sections.find(({ name }) => name === section)?.index;
    if (index === undefined) return undefined;
    const start = { section: index, offset: 0 };
    return this.find(start, offset, this.nearest(index, offset), options.returnAddress);
  }

  /** @param fallback name of the function, for a file that says only its lines */
  private find(
    start: CodeAddress,
    offset: number,
    fallback: string,
    returnAddress = false,
  ): Location | undefined {
    const back = returnAddress && offset > 0 ? 1 : 0;
    const address = { section: start.section, offset: start.offset + offset - back };
    const found = this.lines.find(address);
    if (found === undefined) return undefined;

    // Outermost first; each folded scope knows where in the scope around it it was called.
    const chain = this.scopes?.at(address) ?? [];
    const names = chain.map(({ name }) => name ?? fallback);
    const called = chain.slice(1).map((scope, index): SourcePlace => {
      const files = scope.lineTable === undefined ? undefined : this.lines.files(scope.lineTable);
      const file = files?.(scope.callFile) ?? '';
      return { ...readable(file), line: scope.callLine, function: names[index] ?? fallback };
    });
    return {
      ...readable(found.file),
      line: found.line,
      function: names.at(-1) ?? fallback,
      callers: called.reverse(),
    };
  }

  private nearest(section: number, offset: number): string {
    let best: FunctionSymbol | undefined;
    for (const symbol of this.symbols.functions) {
      if (symbol.section !== section || symbol.offset > offset) continue;
      if (best === undefined || symbol.offset >= best.offset) best = symbol;
    }
    return plainName(best?.name ?? '');
  }

  private choose(name: string, offset: number, size: number | undefined): FunctionSymbol | undefined {
    const alike = this.functions.get(name) ?? [];
    if (alike.length < 2) return alike[0];
    const reaching = alike.filter((symbol) => offset < symbol.size);
    // The kernel counts up to the next function: what it prints is the size or a little more.
    const fitting = reaching.filter((symbol) => size === undefined || symbol.size <= size);
    return fitting.sort((a, b) => b.size - a.size)[0] ?? reaching[0] ?? alike[0];
  }
}

/** Lines are worth having without them, so what cannot be read of them is left out. */
function readScopes(
  elf: Elf,
  symbols: SymbolTable,
  strings: { str: Uint8Array; lineStr: Uint8Array },
): Scopes | undefined {
  try {
    const info = relocate(elf, '.debug_info', symbols);
    const abbrev = elf.section('.debug_abbrev');
    if (info === undefined || abbrev === undefined) return undefined;
    const ranges = relocate(elf, '.debug_ranges', symbols);
    const rnglists = relocate(elf, '.debug_rnglists', symbols);
    return new Scopes({ info, abbrev, ranges, rnglists, ...strings }, new Budget(scopeBudget));
  } catch (error) {
    if (error instanceof ElfError) return undefined;
    throw error;
  }
}

function plainName(symbol: string): string {
  return symbol.replace(/(?:\.(?:isra|constprop|part|cold)(?:\.\d+)?)+$/, '');
}

function readable(file: string): Pick<SourcePlace, 'file' | 'own'> {
  const plain = path.posix.normalize(file);
  const below = plain.startsWith(`${workFolder}/`) ? plain.slice(workFolder.length + 1) : undefined;
  if (below !== undefined) return { file: below.slice(below.indexOf('/') + 1), own: true };
  const header = /^\/usr\/src\/[^/]+\/(.+)$/.exec(plain)?.[1];
  return { file: header ?? plain, own: false };
}
