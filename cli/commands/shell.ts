import { buildSettings, type Command } from '../command.ts';

export const shell: Command = {
  name: 'shell',
  summary: 'a console in the virtual machine, with the module at hand',
  about:
    'Boots the machine, puts the built module into /root and gives you a root shell there; nothing you do reaches ' +
    'this computer. Leave with `exit` or Ctrl-]. Without a terminal, commands are read from standard input. ' +
    'With --gdb the machine stands still at first: what is printed then starts gdb, which stops in the function ' +
    'of your threads when you load the module. It listens on this computer alone, but to everybody who is logged in ' +
    'here, and who reaches it can do all that you can: do not use --gdb on a computer that you share.',
  settings: [...buildSettings, 'vcpus', 'memory', 'vm', 'box'],
  switches: [{ name: '--gdb', summary: 'open the machine for gdb, with symbols of kernel and module' }],
  examples: [
    ['lab3 shell', 'then for example: insmod lab3.ko lock=own; rmmod lab3'],
    ["echo 'uname -a' | lab3 shell", 'one command'],
    ['lab3 shell --gdb --module my-module', 'with a debugger'],
  ],
  async run({ settings, switches }, tools) {
    const { buildAndBoot, readConfig } = await import('../lab.ts');
    const { interactiveShell, scriptedShell } = await import('../shell.ts');
    const { debuggable, openDebugger } = await import('../../provision/debug/debugger.ts');
    const { cwd, ui } = tools;
    const gdb = switches.has('--gdb');
    const config = await readConfig(cwd, settings);
    const context = await tools.context();
    // Only QEMU lets gdb look into the machine.
    const vm = config.vm === 'vagrant' && !gdb ? config.vm : 'qemu';
    const boot = gdb ? { machine: debuggable } : {};
    const built = await buildAndBoot(context, { ...config, vm }, cwd, boot);
    const { module, guest } = built;
    let opened: Awaited<ReturnType<typeof openDebugger>> | undefined;
    const ready = async () => {
      if (!gdb) return;
      const { tellDebugger } = await import('../debugging.ts');
      opened = await openDebugger(context, guest, built);
      await ui.settle();
      await tellDebugger(context, ui, { opened, module: module.name, arch: guest.info.arch });
    };
    try {
      await guest.send(`/root/${module.name}.ko`, module.ko);
      await ui.settle();
      if (ui.terminal.interactive && !ui.options.json)
        return await interactiveShell(guest, module.name, ui, tools.signal, ready);
      return await scriptedShell(guest, ui, tools.signal, ready);
    } finally {
      await guest.kill();
      await opened?.remove();
    }
  },
};
