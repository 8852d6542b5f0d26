import { buildSettings, type Command, runSettings } from '../command.ts';

export const check: Command = {
  name: 'check',
  summary: 'run the module on the checked kernel: races, locks, leaks, each at its line',
  about:
    'Builds the module for a kernel that watches every access to memory, every lock and every allocation, runs it ' +
    'several times without and with a lock, and names what it finds with the lines of the source. The result is kept ' +
    'as check.json in the report folder, and the report gets a section “Proof”.',
  settings: [
    ...runSettings.filter((path) => path !== 'vm' && path !== 'box'),
    'check_runs',
    ...buildSettings,
    'report.out',
  ],
  switches: [{ name: '--yes', summary: 'ask nothing: build the checked kernel if it is missing' }],
  examples: [
    ['lab3 check', 'the module that comes with lab3'],
    ['lab3 check --module my-module', 'your own module'],
    ['lab3 check --lock own --runs 20', 'twenty runs of one lock'],
    ['lab3 check --json > check.json', 'the document alone'],
  ],
  async run({ settings, switches }, tools) {
    const { readConfig } = await import('../lab.ts');
    const { checkAndReport } = await import('../check.ts');
    return checkAndReport(await readConfig(tools.cwd, settings), switches.has('--yes'), tools);
  },
};
