import { exitCodes } from '../../lab/errors.ts';
import type { Command } from '../command.ts';

export const doctor: Command = {
  name: 'doctor',
  summary: 'what this computer has, what is missing, the command that mends it',
  about:
    'Looks at disk, memory, virtualisation, QEMU, the Docker engine, the sandbox and Vagrant, changes nothing, and ' +
    'names the exact command for each part that is missing or broken. Exit code 0 when the lab can run here.',
  settings: ['suite', 'mirror'],
  examples: [
    ['lab3 doctor', 'the whole list'],
    ['lab3 doctor --json', 'the same for a program'],
  ],
  async run({ settings }, { cwd, ui, contextParts }) {
    const { examine } = await import('../doctor/examine.ts');
    const { unclaimedContext } = await import('../context.ts');
    const { readConfig } = await import('../lab.ts');
    const { defaultConfig } = await import('../../lab/config.ts');
    // A mistake in lab3.yaml is for the commands that need it to complain about.
    const config = await readConfig(cwd, settings).catch(() => defaultConfig());
    // Looking is no work worth showing: the list is the answer.
    const context = unclaimedContext({ ...contextParts, emit: () => undefined });
    const checks = await examine(context, { suite: config.suite, mirror: config.mirror });
    contextParts.signal.throwIfAborted();
    const ok = checks.every(({ needed, state }) => !needed || state === 'ok');
    if (ui.options.json) ui.print(JSON.stringify({ ok, checks }, null, 2));
    else {
      const { checksText } = await import('../ui/checks.ts');
      ui.print(checksText(checks, ui.terminal, ui.style));
    }
    return ok ? 0 : exitCodes.computer;
  },
};
