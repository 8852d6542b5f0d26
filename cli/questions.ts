/** What `setup` asks, and what the answers mean. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type LabConfig, overrideConfig, toValues } from '../lab/config.ts';
import { type LockKind, lockKinds } from '../lab/names.ts';
import { describeOption, type OptionValue } from '../lab/options.ts';
import { ask, type Question } from './ui/prompts.ts';
import type { Ui } from './ui/ui.ts';

const asked = [
  'n_threads',
  'increment',
  'n_times',
  'locks',
  'builder',
  'module.dir',
  'report.student',
  'report.group',
] as const;

/** The exercise compares: a lock that is named joins the unlocked run, it does not replace it. */
export function withUnlockedRun(
  settings: Readonly<Record<string, OptionValue>>,
): Readonly<Record<string, OptionValue>> {
  const { locks } = settings;
  if (!Array.isArray(locks) || locks.includes('none')) return settings;
  return { ...settings, locks: ['none', ...locks] };
}

/** Asks for everything that no flag has answered; what lab3.yaml says is what Enter takes. */
export async function askForConfig(
  config: LabConfig,
  answered: ReadonlySet<string>,
  cwd: string,
  ui: Ui,
  signal: AbortSignal,
): Promise<LabConfig> {
  const values = toValues(config);
  const questions = asked
    .filter((path) => !answered.has(path))
    .map((path) => question(path, values.get(path), cwd));
  const answers = await ask(questions, ui, signal);
  const given: Record<string, OptionValue> = {};
  for (const [path, text] of answers) {
    if (path === 'locks') given[path] = locksWith(config.locks, text);
    else if (text !== '') given[path] = text;
  }
  return overrideConfig(config, given);
}

function question(path: (typeof asked)[number], value: OptionValue | undefined, cwd: string): Question {
  const option = describeOption(path);
  if (path === 'locks')
    return {
      option,
      label: 'Which lock does the locked run take?',
      hint: 'own is the spinlock of the exercise, made of an atomic; the others are the kernel’s, to compare with.',
      choose: ['own', ...lockKinds.filter((kind) => kind !== 'none' && kind !== 'own')],
      preset: firstLock(Array.isArray(value) ? value : []),
    };
  const preset = value === undefined ? {} : { preset: value };
  if (path !== 'module.dir') return { option, ...preset };
  return {
    option,
    ...preset,
    hint:
      value === undefined
        ? 'Folder with your own sources; Enter takes the module that comes with lab3.'
        : `Folder with your own sources; Enter takes ${String(value)}. For the module that comes with lab3 delete \`dir\` in lab3.yaml.`,
    check: async (text) => {
      const there = await stat(resolve(cwd, text)).catch(() => undefined);
      return there?.isDirectory() ? true : `There is no folder ${resolve(cwd, text)}.`;
    },
  };
}

const firstLock = (locks: readonly string[]): string => locks.find((lock) => lock !== 'none') ?? 'own';

/** Keeps a longer list of lab3.yaml when its first lock is confirmed. */
function locksWith(locks: readonly LockKind[], chosen: string): readonly string[] {
  return locks.includes('none') && firstLock(locks) === chosen ? locks : ['none', chosen];
}
