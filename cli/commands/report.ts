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
  async run({ settings }, { cwd, ui }) {
    const { readFile } = await import('node:fs/promises');
    const { join, relative } = await import('node:path');
    const { readConfig, reportFolder, studentOf } = await import('../lab.ts');
    const { rewriteReport } = await import('../../report/write.ts');
    const config = await readConfig(cwd, settings);
    const folder = reportFolder(config, cwd);
    const files = await rewriteReport(folder, { student: studentOf(config) });
    if (ui.options.json) {
      ui.print(JSON.stringify({ folder, files }, null, 2));
      return undefined;
    }
    const { parseResult } = await import('../../lab/result.ts');
    const { verdict } = await import('../../lab/verdict.ts');
    const { summaryText } = await import('../ui/summary.ts');
    const result = parseResult(
      JSON.parse(await readFile(join(folder, 'result.json'), 'utf8')),
      'result.json',
    );
    const next = [['Report', relative(cwd, join(folder, 'report.html'))]] as const;
    ui.print(summaryText({ result, judged: verdict(result), next }, ui.terminal, ui.style));
    // The report is what was asked for, and it is there; what it says was said by the run.
    return undefined;
  },
};
