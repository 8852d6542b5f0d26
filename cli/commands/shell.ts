import { buildSettings, type Command } from '../command.ts';

export const shell: Command = {
  name: 'shell',
  summary: 'a console in the virtual machine, with the module at hand',
  about:
    'Boots the machine, puts the built module into /root and gives you a root shell there; nothing you do reaches ' +
    'this computer. Leave with `exit` or Ctrl-]. Without a terminal, commands are read from standard input.',
  settings: [...buildSettings, 'vcpus', 'memory'],
  examples: [
    ['lab3 shell', 'then for example: insmod lab3.ko lock=own; rmmod lab3'],
    ["echo 'uname -a' | lab3 shell", 'one command'],
  ],
  async run({ settings }, tools) {
    const { buildAndBoot, readConfig } = await import('../lab.ts');
    const { interactiveShell, scriptedShell } = await import('../shell.ts');
    const { cwd, ui } = tools;
    const config = await readConfig(cwd, settings);
    const { module, guest } = await buildAndBoot(await tools.context(), { ...config, vm: 'qemu' }, cwd);
    try {
      await guest.send(`/root/${module.name}.ko`, module.ko);
      await ui.settle();
      if (ui.terminal.interactive && !ui.options.json)
        return await interactiveShell(guest, module.name, ui, tools.signal);
      return await scriptedShell(guest, ui, tools.signal);
    } finally {
      await guest.kill();
    }
  },
};
