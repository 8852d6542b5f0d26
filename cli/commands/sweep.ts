import { buildSettings, type Command } from '../command.ts';

export const sweep: Command = {
  name: 'sweep',
  summary: 'run a grid of threads, steps, vCPUs and locks: table, CSV, plots',
  about:
    'Runs the module with every combination of the values given, several times each, in as many virtual machines at ' +
    'once as there are cores for, and writes lab3-report/sweep/ with sweep.json, sweep.csv and the plots, which go ' +
    'into the report too. Values are lists and ranges: 1,2,4,8 or 1..8 or "1e3..1e6 x10". Ctrl-C keeps what is done: ' +
    'the same command goes on from there.',
  settings: [
    'sweep.n_threads',
    'sweep.n_times',
    'sweep.increment',
    'sweep.vcpus',
    'sweep.locks',
    'sweep.repeats',
    ...buildSettings,
    'memory',
    'vm',
    'report.out',
  ],
  switches: [{ name: '--fresh', summary: 'begin anew, even where an earlier sweep was stopped halfway' }],
  examples: [
    ['lab3 sweep', 'the default grid, about two minutes without acceleration'],
    ['lab3 sweep --n-threads 1..8 --lock none,own --repeats 5', 'how the loss grows with the threads'],
    ['lab3 sweep --n-times "1e3..1e6 x10" --vcpus 2 --lock none', 'how it grows with the steps'],
    ['lab3 sweep --json > sweep.json', 'the document alone'],
  ],
  async run({ settings, switches }, tools) {
    const { readConfig } = await import('../lab.ts');
    const { runSweepCommand } = await import('../sweep.ts');
    return runSweepCommand(await readConfig(tools.cwd, settings), switches.has('--fresh'), tools);
  },
};
