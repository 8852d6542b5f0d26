import { buildSettings, type Command } from '../command.ts';

export const build: Command = {
  name: 'build',
  summary: 'compile the module for the lab’s kernel',
  about:
    'Compiles the module against the headers of the kernel that will run it and writes NAME.ko into the working ' +
    'folder. Source that has not changed is taken from the cache. Beside sources of your own ' +
    'it leaves compile_commands.json, by which clangd finds the kernel’s headers.',
  settings: [...buildSettings, 'report.out'],
  examples: [
    ['lab3 build', 'the module that comes with lab3'],
    ['lab3 build --module my-module --builder sandbox', 'your own, with a certain builder'],
  ],
  async run({ settings }, { cwd, ui, context }) {
    const { buildLab, readConfig } = await import('../lab.ts');
    const { join, relative, resolve } = await import('node:path');
    const { writeAtomic } = await import('../../provision/cache.ts');
    const { 'report.out': out, ...rest } = settings;
    const config = await readConfig(cwd, rest);
    const made = await context();
    const { leaveForEditor } = await import('../editor/headers.ts');
    // A source that does not compile needs its editor most. The module that comes with lab3 is nobody's to edit.
    const own = config.module.dir !== undefined;
    const { module } = await buildLab(made, config, cwd, async (source, kernel) => {
      if (own) await leaveForEditor(made, source, kernel);
    });
    const file = join(resolve(cwd, typeof out === 'string' ? out : '.'), `${module.name}.ko`);
    await writeAtomic(file, module.ko);
    await ui.settle();
    if (ui.options.json) {
      ui.print(JSON.stringify({ file, build: module.record }, null, 2));
      return undefined;
    }
    const { buildText } = await import('../ui/build.ts');
    ui.print(buildText(relative(cwd, file), module.record, ui.terminal, ui.style));
    return undefined;
  },
};
