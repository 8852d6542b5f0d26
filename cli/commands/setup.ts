import { labError } from '../../lab/errors.ts';
import { buildSettings, type Command, runSettings } from '../command.ts';

export const setup: Command = {
  name: 'setup',
  summary: 'everything at once: questions, virtual machine, module, two runs, report',
  about:
    'Asks for the parameters (or takes the defaults with --yes), writes lab3.yaml, fetches what is missing, builds ' +
    'the module, runs it without and with a lock, and writes lab3-report/.',
  settings: [...runSettings, ...buildSettings, 'report.student', 'report.group', 'report.out'],
  switches: [{ name: '--yes', summary: 'ask nothing: take lab3.yaml, the flags and the defaults' }],
  examples: [
    ['lab3 setup', 'ask, then do it all'],
    ['lab3 setup --yes', 'ask nothing'],
    ['lab3 setup --yes --builder docker --n-threads 4', 'with some things chosen'],
  ],
  async run({ settings, switches }, tools) {
    const { cwd, ui, signal } = tools;
    const { overrideConfig } = await import('../../lab/config.ts');
    const { labAbove, readConfigFile, writeConfigFile, configFileName } = await import('../config-file.ts');
    const { withUnlockedRun } = await import('../questions.ts');
    const file = await readConfigFile(cwd);
    const above = file.text === undefined ? await labAbove(cwd) : undefined;
    // A lab3.yaml of its own would hide that one from all commands in this folder.
    if (above !== undefined) throw labError('LabAbove', { file: above.file, command: 'setup' });
    let config = overrideConfig(file.config, withUnlockedRun(settings));
    if (switches.has('--yes')) {
      // Nothing is asked.
    } else if (ui.terminal.interactive && !ui.options.json) {
      const { askForConfig } = await import('../questions.ts');
      config = await askForConfig(config, new Set(Object.keys(settings)), cwd, ui, signal);
    } else ui.tell('No terminal to ask questions on: taking lab3.yaml and the defaults, as with --yes.');
    if (await writeConfigFile(cwd, file, config))
      ui.tell(`${file.text === undefined ? 'Wrote' : 'Changed'} ${configFileName}.`);
    const { runAndReport } = await import('../run-and-report.ts');
    return runAndReport(config, tools);
  },
};
