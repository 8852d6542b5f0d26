import { join, relative } from 'node:path';
import type { LabConfig } from '../lab/config.ts';
import { verdict } from '../lab/verdict.ts';
import type { Tools } from './command.ts';
import { reportFolder, runLab, writeLabReport } from './lab.ts';
import { summaryText } from './ui/summary.ts';

/** The end that `setup` and `run` share: build, run, report, summary. Answers the exit code that the verdict asks for. */
export async function runAndReport(config: LabConfig, tools: Tools): Promise<number> {
  const { cwd, ui } = tools;
  const context = await tools.context();
  const ran = await runLab(context, config, cwd);
  const folder = reportFolder(config, cwd);
  await writeLabReport(context.emit, folder, ran, ran.source, config);
  await ui.settle();
  const judged = verdict(ran.result);
  if (ui.options.json) {
    ui.print(JSON.stringify(ran.result, null, 2));
    return judged.exitCode;
  }
  const { program } = ui.terminal;
  const next = [
    ['Report', relative(cwd, join(folder, 'report.html')) || folder],
    config.module.dir === undefined
      ? (['Now write your own', `${program} init my-module`] as const)
      : (['After a change', `${program} run`] as const),
    ['A console in the machine', `${program} shell`],
  ] as const;
  ui.print(summaryText({ result: ran.result, judged, next }, ui.terminal, ui.style));
  return judged.exitCode;
}
