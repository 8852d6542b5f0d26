import { buildSettings, type Command, runSettings } from '../command.ts';

export const run: Command = {
  name: 'run',
  summary: 'build the module if needed, run it, write the report',
  about:
    'Loads the module in the virtual machine once for each lock of lab3.yaml (none and own by default), compares ' +
    'the totals with what is expected and writes the report. Conclusions that you wrote into a report are kept.',
  settings: [...runSettings, ...buildSettings, 'report.out'],
  examples: [
    ['lab3 run', 'an unlocked and a locked run'],
    ['lab3 run --lock mutex --n-threads 4', 'one run under a mutex, with 4 threads'],
    ['lab3 run --module my-module', 'your own module'],
    ['lab3 run --json > result.json', 'the result document alone'],
  ],
  async run({ settings }, tools) {
    const { readConfig } = await import('../lab.ts');
    const { runAndReport } = await import('../run-and-report.ts');
    return runAndReport(await readConfig(tools.cwd, settings), tools);
  },
};
