import type { Command } from '../command.ts';

export const init: Command = {
  name: 'init',
  summary: 'write a skeleton of the module for you to fill in',
  about:
    'Copies the skeleton of the exercise into a folder: it builds as it is, and its holes say what is to be written. ' +
    'Files that exist are never overwritten.',
  arguments: [{ name: 'folder', summary: 'folder to make (default: my-module)' }],
  examples: [
    ['lab3 init', 'the skeleton in my-module/'],
    ['lab3 run --module my-module', 'build and run what you have written'],
  ],
  async run({ arguments: [folder = 'my-module'] }, { cwd, ui }) {
    const { copySkeleton } = await import('../skeleton.ts');
    const { resolve } = await import('node:path');
    const files = await copySkeleton(resolve(cwd, folder));
    if (ui.options.json) ui.print(JSON.stringify({ folder: resolve(cwd, folder), files }, null, 2));
    else {
      const { style } = ui;
      ui.print(`${style.green(style.glyphs.done)} ${folder}: ${files.join(', ')}`);
      ui.print(
        `\nFill in the holes, then: ${style.bold(`${ui.terminal.program} run --module ${quoted(folder)}`)}`,
      );
    }
    return undefined;
  },
};

const quoted = (word: string) => (/^[\w./-]+$/.test(word) ? word : JSON.stringify(word));
