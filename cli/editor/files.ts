/** The files that an editor finds its way by, written once into a module's folder and the person's own after that. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { configSchema } from '../../lab/config/schema.ts';
import { fileSystemError, writeAtomic } from '../../provision/cache.ts';
import { packageName, version } from '../package-files.ts';
import { clangFormat, editorconfig } from './kernel-style.ts';
import { devContainer, extensions, schemaName, settings, tasks } from './vscode.ts';

/** What is made here, or names this computer's folders, is nothing to hand in. */
const gitignore = `*.ko
compile_commands.json
.cache/
`;

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/** By path below the folder, `/` between the parts. */
export function editorFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['.editorconfig', editorconfig],
    ['.clang-format', clangFormat],
    ['.gitignore', gitignore],
    ['.vscode/tasks.json', json(tasks)],
    ['.vscode/settings.json', json(settings)],
    ['.vscode/extensions.json', json(extensions)],
    [`.vscode/${schemaName}`, json(configSchema())],
    ['.devcontainer/devcontainer.json', json(devContainer({ name: packageName(), version: version() }))],
  ]);
}

/**
 * Whether a file is as another version of lab3 wrote it, and nobody's own: settings that are new would be underlined in the
 * editor, and the container would run another lab3 than the computer.
 */
function isOld(name: string, there: string): boolean {
  if (name === `.vscode/${schemaName}`) return readTitle(there) === configSchema().title;
  if (name !== '.devcontainer/devcontainer.json') return false;
  const lab3 = packageName();
  const named = new RegExp(`"${lab3}@(\\d[\\w.+-]*)"`).exec(there)?.[1];
  return named !== undefined && plain(there) === json(devContainer({ name: lab3, version: named }));
}

const plain = (text: string) => text.replaceAll('\r\n', '\n');

function readTitle(text: string): unknown {
  try {
    return (JSON.parse(text) as { title?: unknown } | null)?.title;
  } catch {
    return undefined;
  }
}

async function renew(file: string, name: string, text: string): Promise<boolean> {
  const there = await readFile(file, 'utf8').catch(() => undefined);
  if (there === undefined || plain(there) === text || !isOld(name, there)) return false;
  await writeAtomic(file, text);
  return true;
}

/** Writes those that are not there, or are of an older lab3; answers what was written and what was left as it is. */
export async function writeEditorFiles(folder: string): Promise<{ written: string[]; kept: string[] }> {
  const written: string[] = [];
  const kept: string[] = [];
  for (const [name, text] of editorFiles()) {
    const file = join(folder, ...name.split('/'));
    try {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text, { flag: 'wx' });
      written.push(name);
    } catch (error) {
      // Also where a file of the person's stands in a folder's place.
      const code = (error as NodeJS.ErrnoException).code;
      if (code !== 'EEXIST' && code !== 'ENOTDIR') throw fileSystemError(error, file, 'This folder');
      const list = code === 'EEXIST' && (await renew(file, name, text)) ? written : kept;
      list.push(name);
    }
  }
  return { written, kept };
}
