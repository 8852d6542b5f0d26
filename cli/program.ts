/** The command line: from the table of commands to a parsed command, or a usage error with the nearest word. */
import { CommanderError, Option, Command as Parser } from 'commander';
import { exitCodes, labError } from '../lab/errors.ts';
import { nearest } from '../lab/nearest.ts';
import { describeOption, type OptionValue, quote, readOption } from '../lab/options.ts';
import type { Command, Input } from './command.ts';
import { version } from './commands/version.ts';
import { commands } from './commands.ts';
import { exits } from './exits.ts';
import { type Flag, flagsOf, globalFlagTable, helpFlag, versionFlag, what } from './flags.ts';

export interface Parsed {
  readonly command: Command;
  readonly input: Input;
}

export interface GlobalFlags {
  readonly json: boolean;
  readonly verbose: boolean;
  readonly color: boolean;
}

const exitCodeText = `Exit codes:\n${exits.map(([code, meaning]) => `  ${String(code).padEnd(3)}  ${meaning}`).join('\n')}`;

const versionAsked = 'lab3.version';
const noInput: Input = { arguments: [], settings: {}, switches: new Set(), values: new Map() };

/** Flags that decide how even a usage error is printed, found before anything is parsed. */
export function globalFlags(argv: readonly string[]): GlobalFlags {
  const end = argv.indexOf('--');
  const words = end === -1 ? argv : argv.slice(0, end);
  return {
    json: words.includes('--json'),
    verbose: words.includes('--verbose'),
    color: !words.includes('--no-color'),
  };
}

/** Throws `CommandLineInvalid` or `FlagInvalid`; answers an exit code when help was printed instead. */
export function parseCommandLine(
  argv: readonly string[],
  write: { out: (text: string) => void; err: (text: string) => void },
): Parsed | number {
  let chosen: { command: Command; words: string[]; given: Record<string, unknown> } | undefined;
  const root = new Parser('lab3')
    .description(`${what}.`)
    .addOption(optionOf(versionFlag))
    .on(`option:${versionFlag.name.slice(2)}`, () => {
      throw new CommanderError(0, versionAsked, '');
    })
    .helpOption(optionOf(helpFlag).flags, helpFlag.summary)
    .helpCommand('help [command]', 'show the help of a command')
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError(false)
    .addHelpText(
      'after',
      `\nStart with:\n  lab3 setup         answer a few questions and get a report\n  lab3 setup --yes   the same with all defaults\n\n${exitCodeText}`,
    )
    .exitOverride()
    .configureOutput({ writeOut: write.out, writeErr: write.err, outputError: () => undefined });
  for (const flag of globalFlagTable) root.addOption(optionOf(flag));
  for (const command of commands) {
    const parser = root
      .command(command.name)
      .summary(command.summary)
      .description(command.about ?? command.summary);
    for (const { name, summary } of command.arguments ?? []) parser.argument(`[${name}]`, summary);
    for (const flag of flagsOf(command)) parser.addOption(optionOf(flag));
    parser.addHelpText('after', examplesText(command));
    parser.action((...args: unknown[]) => {
      const words = args.filter((word) => typeof word === 'string');
      chosen = { command, words, given: parser.opts() };
    });
  }
  try {
    root.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === versionAsked) return { command: version, input: noInput };
    if (error.exitCode === 0) return 0;
    // No command at all: the help has been shown on stderr.
    if (error.code === 'commander.help') return exitCodes.usage;
    throw usageError(error, argv, root);
  }
  if (chosen === undefined) return 0;
  const { command, words, given } = chosen;
  return {
    command,
    input: {
      arguments: words,
      settings: readSettings(command, given),
      switches: new Set(
        (command.switches ?? []).filter(({ name }) => given[attribute(name)]).map(({ name }) => name),
      ),
      values: readValues(command, given),
    },
  };
}

const optionOf = ({ name, short, placeholder, summary }: Flag): Option =>
  new Option(
    [...(short === undefined ? [] : [`${short},`]), name, placeholder ?? ''].join(' ').trim(),
    summary,
  );

function readValues(command: Command, given: Record<string, unknown>): Map<string, string> {
  const values = new Map<string, string>();
  for (const { name, words } of command.values ?? []) {
    const value = given[attribute(name)];
    if (typeof value !== 'string') continue;
    if (words !== undefined && !words.includes(value)) {
      const wrong = {
        problem: `is ${quote(value)}`,
        value: quote(value),
        allowed: `one of ${words.join(' ')}`,
      };
      throw labError('FlagInvalid', { flag: name, ...wrong, nearest: nearest(value, words) });
    }
    values.set(name, value);
  }
  return values;
}

function readSettings(command: Command, given: Record<string, unknown>): Record<string, OptionValue> {
  const settings: Record<string, OptionValue> = {};
  for (const path of command.settings ?? []) {
    const option = describeOption(path);
    const flag = option.flag ?? path;
    const typed = given[attribute(flag)];
    if (typeof typed !== 'string') continue;
    const answer = readOption(option, typed);
    if (!('accepted' in answer)) throw labError('FlagInvalid', { flag, ...answer });
    settings[path] = answer.accepted;
  }
  return settings;
}

/** commander's name of a flag: `--n-threads` → `nThreads`. */
const attribute = (flag: string): string =>
  flag.replace(/^--/, '').replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

function usageError(error: CommanderError, argv: readonly string[], root: Parser): Error {
  const name = commands.find((command) => argv.includes(command.name))?.name;
  const parser = root.commands.find((command) => command.name() === name);
  const quoted = /'([^']*)'/.exec(error.message)?.[1] ?? '';
  const problem = error.message
    .replace(/^error: /, '')
    .replace(/^./, (first) => first.toUpperCase())
    .replace(/\.$/, '');
  const known =
    error.code === 'commander.unknownCommand'
      ? commands.map((command) => command.name)
      : error.code === 'commander.unknownOption'
        ? [...(parser?.options ?? []), ...root.options].flatMap((option) => option.long ?? [])
        : [];
  return labError('CommandLineInvalid', { problem, nearest: nearest(quoted, known), command: name });
}

function examplesText({ examples }: Command): string {
  if (examples.length === 0) return '';
  const longest = Math.max(...examples.map(([typed]) => typed.length));
  return `\nExamples:\n${examples.map(([typed, effect]) => `  ${typed.padEnd(longest)}   ${effect}`).join('\n')}`;
}
