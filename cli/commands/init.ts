import { relative, resolve, sep } from 'node:path';
import type { LabConfig } from '../../lab/config.ts';
import { LabError, labError } from '../../lab/errors.ts';
import type { Command, Tools } from '../command.ts';
import type { ConfigFile } from '../config-file.ts';

export const init: Command = {
  name: 'init',
  summary: 'write a skeleton of the module for you to fill in',
  about:
    'Copies the skeleton of the exercise into a folder: it builds as it is, and its holes say what is to be written. ' +
    'The folder becomes the module of lab3.yaml, which all commands take, unless that names another one. ' +
    'With it comes what editors need: the kernel’s headers and compile_commands.json for clangd, tasks for VS Code, ' +
    'the kernel’s coding style, a dev container. Files that exist are never overwritten.',
  arguments: [
    {
      name: 'folder',
      summary: 'folder to make (default: my-module; with --editor the module of lab3.yaml, else this folder)',
      path: 'folder',
    },
  ],
  settings: ['suite', 'arch', 'kernel', 'mirror'],
  switches: [{ name: '--editor', summary: 'only what editors need, for a folder that has a module already' }],
  examples: [
    ['lab3 init', 'the skeleton in my-module/'],
    ['lab3 run', 'build and run what you have written'],
    ['lab3 init --editor my-module', 'what editors need, beside your own sources'],
  ],
  async run({ arguments: [named], settings, switches }, tools) {
    const { copySkeleton } = await import('../skeleton.ts');
    const { writeEditorFiles } = await import('../editor/files.ts');
    const { cwd, ui } = tools;
    const { overrideConfig } = await import('../../lab/config.ts');
    const { configFileName, labAbove, readConfigFile } = await import('../config-file.ts');
    // A mistake in lab3.yaml is said before anything is written.
    const file = await readConfigFile(cwd);
    const beside = switches.has('--editor');
    const above = file.text === undefined ? await labAbove(cwd) : undefined;
    // A lab3.yaml of its own would hide that one from all commands in this folder.
    if (above !== undefined && !beside) throw labError('LabAbove', { file: above.file, command: 'init' });
    const config = overrideConfig(above?.config ?? file.config, settings);
    const folder = named ?? (beside ? (config.module.dir ?? '.') : 'my-module');
    const place = resolve(cwd, folder);
    if (beside) await demandSources(place, folder);
    const files = beside ? [] : await copySkeleton(place);
    const { written, kept } = await writeEditorFiles(place);
    // Before anything is fetched: whoever is tired of waiting has his module all the same.
    const taken =
      above === undefined ? await takeModule(cwd, place, file) : { isModule: true, changed: false };
    const headers = await leaveHeaders(tools, place, config);
    await ui.settle();
    if (ui.options.json) {
      const all = [...files, ...written, ...(headers ? ['compile_commands.json'] : [])];
      ui.print(JSON.stringify({ folder: place, files: all, kept, config: taken.changed }, null, 2));
      return undefined;
    }
    const { style } = ui;
    const done = (names: readonly string[]) =>
      ui.print(`${style.green(style.glyphs.done)} ${folder}: ${names.join(', ')}`);
    if (files.length > 0) done(files);
    done([...written, ...(headers ? ['compile_commands.json'] : [])]);
    if (kept.length > 0) ui.print(style.dim(`  there already: ${kept.join(', ')}`));
    if (taken.changed)
      ui.print(
        `${style.green(style.glyphs.done)} ${configFileName}: the module is ${folder} from now on, without --module`,
      );
    const flag = taken.isModule ? '' : ` --module ${quoted(folder)}`;
    const next = style.bold(`${ui.terminal.program} run${flag}`);
    ui.print(files.length > 0 ? `\nFill in the holes, then: ${next}` : `\nThen: ${next}`);
    return undefined;
  },
};

/** Throws `NoModuleSource`: a folder that was mistyped would become the module. */
async function demandSources(place: string, folder: string): Promise<void> {
  const { readSourceFolder } = await import('../../provision/builder/source-files.ts');
  const { files } = await readSourceFolder(place);
  if ([...files.keys()].some((name) => name.endsWith('.c'))) return;
  throw labError('NoModuleSource', { folder, why: 'there is no .c file in it' });
}

/**
 * The folder as the module of lab3.yaml, where none is named there: who has made it wants the next command to take it, not the
 * module that comes with lab3.
 */
async function takeModule(
  cwd: string,
  place: string,
  file: ConfigFile,
): Promise<{ readonly isModule: boolean; readonly changed: boolean }> {
  const { dir } = file.config.module;
  if (dir !== undefined) return { isModule: resolve(cwd, dir) === place, changed: false };
  const { writeConfigFile } = await import('../config-file.ts');
  const name = (relative(cwd, place) || '.').replaceAll(sep, '/');
  const module = { ...file.config.module, dir: name };
  return { isModule: true, changed: await writeConfigFile(cwd, file, { ...file.config, module }) };
}

/** A skeleton without headers is better than none: they come with the first build too. */
async function leaveHeaders({ context, ui }: Tools, folder: string, config: LabConfig): Promise<boolean> {
  const { fetchKernel } = await import('../lab.ts');
  const { leaveForEditor } = await import('../editor/headers.ts');
  const { readModuleSource } = await import('../../provision/builder/source.ts');
  try {
    const made = await context();
    const source = await readModuleSource(folder);
    return await leaveForEditor(made, source, await fetchKernel(made, config));
  } catch (error) {
    if (!(error instanceof LabError) || error.fault === 'interrupted') throw error;
    const later = '`lab3 build` leaves compile_commands.json as well.'.replace('lab3', ui.terminal.program);
    ui.emit({ type: 'warning', text: `No headers for the editor yet: ${error.message} ${later}` });
    return false;
  }
}

const quoted = (word: string) => (/^[\w./-]+$/.test(word) ? word : JSON.stringify(word));
