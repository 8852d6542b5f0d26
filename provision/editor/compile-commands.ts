/** `compile_commands.json`, by which clangd and other tools know how each source is compiled. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { LabError, labError } from '../../lab/errors.ts';
import type { ModuleSource } from '../builder/builder.ts';
import { writeAtomic } from '../cache.ts';
import { type FlagTarget, kernelFlags, moduleFlags } from './flags.ts';

export interface CompileCommand {
  readonly directory: string;
  readonly file: string;
  readonly arguments: readonly string[];
  readonly output: string;
}

export const fileName = 'compile_commands.json';

/** Where no compiler ever writes: the mark by which a file of ours is known, since clang refuses keys of one's own. */
const output = '.lab3/';

/** @param rules how paths are put together on the computer that reads them */
export function compileCommands(
  source: ModuleSource,
  target: FlagTarget,
  headers: string,
  rules: path.PlatformPath = path,
): CompileCommand[] {
  const folder = rules.resolve(source.folder);
  const here = (name: string) => rules.join(folder, ...name.split('/'));
  const kbuild = Buffer.from(source.files.get('Kbuild') ?? []).toString('utf8');
  const kernel = kernelFlags(target, headers, rules.join);
  return [...source.files.keys()]
    .filter((name) => name.endsWith('.c'))
    .map((built) => {
      const object = built.replace(/\.c$/, '.o');
      const own = [...flagsIn(kbuild, 'ccflags-y'), ...flagsIn(kbuild, `CFLAGS_${object}`)].map((flag) =>
        flag.startsWith('-I$(src)/') ? `-I${here(flag.slice('-I$(src)/'.length))}` : flag,
      );
      const file = here(source.originals.get(built) ?? built);
      return {
        directory: folder,
        file,
        arguments: ['clang', ...kernel, ...own, ...moduleFlags(source.name, built), '-c', file],
        output: `${output}${object}`,
      };
    });
}

/** Words of a line of the Kbuild that we wrote ourselves. */
function flagsIn(kbuild: string, variable: string): string[] {
  const start = `${variable} := `;
  const line = kbuild.split('\n').find((one) => one.startsWith(start));
  return line === undefined ? [] : line.slice(start.length).split(' ');
}

/** Writes the file into the module's folder. False where there is one that somebody else made: it stays. */
export async function writeCompileCommands(
  folder: string,
  commands: readonly CompileCommand[],
): Promise<boolean> {
  const file = path.join(folder, fileName);
  const text = `${JSON.stringify(commands, null, 2)}\n`;
  const before = await readFile(file, 'utf8').catch(() => undefined);
  if (before === text) return true;
  if (before !== undefined && !isOurs(before)) return false;
  await writeAtomic(file, text).catch((error: unknown) => {
    const refused = error instanceof LabError && error.name === 'NotWritable';
    throw refused ? labError('NotWritable', { path: file, what: 'This folder' }, { cause: error }) : error;
  });
  return true;
}

function isOurs(text: string): boolean {
  try {
    const commands: unknown = JSON.parse(text);
    const ours = (one: unknown) => String((one as CompileCommand | null)?.output).startsWith(output);
    return Array.isArray(commands) && commands.every(ours);
  } catch {
    return false;
  }
}
