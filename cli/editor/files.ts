/** The files that an editor finds its way by, written once into a module's folder and the person's own after that. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { configSchema } from '../../lab/config/schema.ts';
import { fileSystemError } from '../../provision/cache.ts';
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

/** Writes those that are not there; answers what was written and what was left as it is. */
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
      kept.push(name);
    }
  }
  return { written, kept };
}
