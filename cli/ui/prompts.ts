/** Questions to the person, by inquirer. What may be answered comes from lab's table of options. */
import inquirer from 'inquirer';
import { labError } from '../../lab/errors.ts';
import { type Option, type OptionValue, readOption } from '../../lab/options.ts';
import { grouped } from './amounts.ts';
import { wrap } from './text.ts';
import type { Ui } from './ui.ts';

export interface Question {
  readonly option: Option;
  /** What Enter answers; absent: nothing, which is an answer too. */
  readonly preset?: OptionValue;
  /** For an option with several words of which one is wanted here. */
  readonly choose?: readonly string[];
  /** In place of the option's own words, where the question is a narrower one. */
  readonly label?: string;
  readonly hint?: string;
  /** Beyond what the table knows: true, or what is wrong. */
  readonly check?: (text: string) => true | string | Promise<true | string>;
}

/** Asks one question after another. Throws `Interrupted` at Ctrl-C and when the signal is aborted. */
export async function ask(
  questions: readonly Question[],
  ui: Ui,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const prompt = inquirer.createPromptModule({ input: process.stdin, output: process.stderr, signal });
  const answers = new Map<string, string>();
  try {
    for (const question of questions) {
      tellHint(question, ui);
      const { answer } = await prompt<{ answer: string }>([toPrompt(question)]);
      answers.set(question.option.path, answer.trim());
    }
  } catch (error) {
    throw wasClosed(error) ? labError('Interrupted', undefined, { cause: error }) : error;
  }
  return answers;
}

export async function confirm(message: string, ui: Ui, signal: AbortSignal): Promise<boolean> {
  const prompt = inquirer.createPromptModule({ input: process.stdin, output: process.stderr, signal });
  try {
    const { sure } = await prompt<{ sure: boolean }>([
      { type: 'confirm', name: 'sure', message: ui.style.say(message), default: false },
    ]);
    return sure;
  } catch (error) {
    throw wasClosed(error) ? labError('Interrupted', undefined, { cause: error }) : error;
  }
}

function tellHint({ option, hint, preset }: Question, { tell, style, terminal }: Ui): void {
  // A number is not broken at the end of a line.
  const whole = (number: number) => grouped(number).replaceAll(' ', '\u00a0');
  const range = option.kind === 'integer' ? ` From ${whole(option.min)} to ${whole(option.max)}.` : '';
  const empty = preset === undefined && option.kind === 'text' ? ' Enter leaves it out.' : '';
  const text = `${hint ?? option.hint}${range}${empty}`;
  for (const line of wrap(text, terminal.columns - 2)) tell(style.dim(`  ${style.say(line)}`));
}

function toPrompt(question: Question) {
  const { option, preset, label, check } = question;
  const message = label ?? option.label;
  const words = question.choose ?? (option.kind === 'word' ? option.words : undefined);
  if (words !== undefined)
    return {
      type: 'select' as const,
      name: 'answer' as const,
      message,
      choices: words.map((word) => ({ name: word, value: word })),
      default: preset === undefined ? words[0] : String(preset),
    };
  return {
    type: 'input' as const,
    name: 'answer' as const,
    message,
    ...(preset === undefined ? {} : { default: String(preset) }),
    validate: async (text: string) => {
      const typed = text.trim();
      if (typed === '' && preset === undefined && option.kind === 'text') return true;
      const answer = readOption(option, typed);
      if (!('accepted' in answer)) return `It ${answer.problem}; allowed: ${answer.allowed}.`;
      return check === undefined ? true : await check(typed);
    },
  };
}

/** inquirer's names for Ctrl-C, for a closed terminal and for an aborted signal. */
const wasClosed = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'ExitPromptError' || error.name === 'AbortPromptError');
