/** A built module as a check needs it: addresses in, lines of the student's own files out. */
import type { Locate, ModuleCode } from '../../lab/check/evidence.ts';
import type { BuiltModule, ModuleSource } from '../builder/builder.ts';
import { readSymbols } from '../symbols/symbols.ts';

export interface ReadCode {
  readonly code: ModuleCode;
  /** Whether the file says which instruction is of which line. */
  readonly debugInfo: boolean;
}

export function readModuleCode(source: ModuleSource, module: BuiltModule): ReadCode {
  const symbols = readSymbols(module.ko);
  const known = (file: string) => source.originals.get(file) ?? file;
  const locate: Locate = (frame) => {
    const found = symbols?.locate(frame.function, frame.offset, { returnAddress: !frame.exact });
    if (found === undefined) return undefined;
    const [place, ...callers] = [found, ...found.callers]
      .filter(({ own, file }) => own && source.files.has(file))
      .map(({ file, line, function: name }) => ({ file: known(file), line, function: name }));
    return place && { ...place, callers };
  };
  const texts = new Map<string, string[]>();
  const lineText = (file: string, line: number) => {
    let lines = texts.get(file);
    if (lines === undefined) {
      const original = [...source.originals].find(([, original]) => original === file)?.[0] ?? file;
      lines = Buffer.from(source.files.get(original) ?? [])
        .toString('utf8')
        .split('\n');
      texts.set(file, lines);
    }
    return lines[line - 1];
  };
  return { code: { name: source.name, locate, lineText }, debugInfo: symbols !== undefined };
}
