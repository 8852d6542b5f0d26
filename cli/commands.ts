import type { Command } from './command.ts';
import { build } from './commands/build.ts';
import { check } from './commands/check.ts';
import { clean } from './commands/clean.ts';
import { completion } from './commands/completion.ts';
import { doctor } from './commands/doctor.ts';
import { grade } from './commands/grade.ts';
import { init } from './commands/init.ts';
import { kernel } from './commands/kernel.ts';
import { report } from './commands/report.ts';
import { run } from './commands/run.ts';
import { setup } from './commands/setup.ts';
import { shell } from './commands/shell.ts';
import { sweep } from './commands/sweep.ts';

/** In the order of the help. */
export const commands: readonly Command[] = [
  setup,
  build,
  run,
  check,
  sweep,
  report,
  grade,
  shell,
  init,
  kernel,
  doctor,
  clean,
  completion,
];
