import type { Command } from '../command.ts';

export const report: Command = {
  name: 'report',
  summary: 'write the report again from its result.json, offline',
  about:
    'Makes every file of lab3-report/ again from result.json, the pictures and the log that are there. Name, group ' +
    'and the conclusions that you wrote are kept.',
  settings: ['report.out', 'report.student', 'report.group'],
  examples: [
    ['lab3 report', 'lab3-report/ again'],
    ['lab3 report --student "Ada Lovelace" --group 3531', 'with a name on it'],
  ],
  async run({ settings }, { cwd, ui, contextParts }) {
    const { readConfig, reportFolder } = await import('../lab.ts');
    const { remakeReport } = await import('../remake-report.ts');
    const { verdict } = await import('../../lab/verdict.ts');
    const config = await readConfig(cwd, settings);
    const folder = reportFolder(config, cwd);
    const result = await remakeReport(contextParts.emit, folder, config);
    await ui.settle();
    if (ui.options.json) ui.print(JSON.stringify({ folder, runs: result.runs.length }, null, 2));
    else {
      const { summaryText } = await import('../ui/summary.ts');
      const next = [['Report', folder]] as const;
      ui.print(summaryText({ result, judged: verdict(result), next }, ui.terminal, ui.style));
    }
    // The report is what was asked for, and it is there; what it says was said by the run.
    return undefined;
  },
};
