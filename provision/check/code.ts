/** A built module as a check needs it: addresses in, lines of the student's own files out. */
import type { Locate, Located, ModuleCode } from '../../lab/check/evidence.ts';
import type { BuiltModule, ModuleSource } from '../builder/builder.ts';
import { type Location, readSymbols } from '../symbols/symbols.ts';
import { readWrites } from './writes.ts';

export interface ReadCode {
  readonly code: ModuleCode;
  /** Whether the file says which instruction is of which line. */
  readonly debugInfo: boolean;
}

export function readModuleCode(source: ModuleSource, module: BuiltModule): ReadCode {
  const symbols = readSymbols(module.ko);
  const known = (file: string) => source.originals.get(file) ?? file;
  const located = (found: Location | undefined): Located | undefined => {
    if (found === undefined) return undefined;
    const [place, ...callers] = [found, ...found.callers]
      .filter(({ own, file }) => own && source.files.has(file))
      .map(({ file, line, function: name }) => ({ file: known(file), line, function: name }));
    return place && { ...place, callers };
  };
  const locate: Locate = (frame) =>
    located(symbols?.locate(frame.function, frame.offset, { returnAddress: !frame.exact }));
  const texts = new Map<string, string[]>();
  for (const [file, content] of source.files)
    texts.set(known(file), Buffer.from(content).toString('utf8').split('\n'));
  const lineText = (file: string, line: number) => texts.get(file)?.[line - 1];
  const writes = readWrites(module.ko).flatMap(
    ({ section, offset }) => located(symbols?.locateIn(section, offset)) ?? [],
  );
  return { code: { name: source.name, locate, lineText, writes }, debugInfo: symbols !== undefined };
}
