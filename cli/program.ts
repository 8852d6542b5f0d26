/** The command line: from the table of commands to a parsed command, or a usage error with the nearest word. */
import { CommanderError, Option, Command as Parser } from 'commander';
import { exitCodes, labError } from '../lab/errors.ts';
import { nearest } from '../lab/nearest.ts';
import { allowedOf, defaultOf, describeOption, type OptionValue, quote, readOption } from '../lab/options.ts';
import type { Command, Input, Value } from './command.ts';
import { commands } from './commands.ts';
import { version } from './package-files.ts';

export interface Parsed {
  readonly command: Command;
  readonly input: Input;
}

export interface GlobalFlags {
  readonly json: boolean;
  readonly verbose: boolean;
  readonly color: boolean;
}

const globalOptions = [
  ['--json', 'print one JSON document on stdout; progress goes to stderr'],
  ['--verbose', 'show what compilers, engines and the guest say'],
  ['--no-color', 'no colours (NO_COLOR and FORCE_COLOR work as well)'],
] as const;

const exitCodeText = `Exit codes:
  0    done and as expected
  1    the module is at fault
  2    usage or configuration
  69   this computer or the network is at fault
  70   a bug in lab3
  130  interrupted`;

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

/** Throws `CommandLineInvalid` or `FlagInvalid`; answers an exit code when help or the version was printed instead. */
export function parseCommandLine(
  argv: readonly string[],
  write: { out: (text: string) => void; err: (text: string) => void },
): Parsed | number {
  let chosen: { command: Command; words: string[]; given: Record<string, unknown> } | undefined;
  const root = new Parser('lab3')
    .description(
      'A Linux kernel threads lab in one command: a virtual machine, a module, two runs, a report.',
    )
    .version(version(), '--version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError(false)
    .addHelpText(
      'after',
      `\nStart with:\n  lab3 setup         answer a few questions and get a report\n  lab3 setup --yes   the same with all defaults\n\n${exitCodeText}`,
    )
    .exitOverride()
    .configureOutput({ writeOut: write.out, writeErr: write.err, outputError: () => undefined });
  for (const [flags, summary] of globalOptions) root.option(flags, summary);
  for (const command of commands) {
    const parser = root
      .command(command.name)
      .summary(command.summary)
      .description(command.about ?? command.summary);
    for (const { name, summary } of command.arguments ?? []) parser.argument(`[${name}]`, summary);
    for (const one of command.switches ?? []) parser.option(one.name, one.summary);
    for (const one of command.values ?? []) parser.addOption(valueFlagOf(one));
    for (const path of command.settings ?? []) parser.addOption(flagOf(path));
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

function flagOf(path: string): Option {
  const option = describeOption(path);
  if (option.flag === undefined) throw new TypeError(`${path} has no flag`);
  const placeholder = {
    integer: '<number>',
    integers: '<list>',
    word: '<name>',
    words: '<names>',
    text: path.endsWith('dir') || path.endsWith('out') ? '<folder>' : '<text>',
  }[option.kind];
  const standard = defaultOf(option);
  const range =
    option.kind === 'text'
      ? ''
      : ` (${allowedOf(option)}${standard === undefined && option.kind !== 'word' ? '' : `; default ${shown(standard)}`})`;
  return new Option(`${option.flag} ${placeholder}`, `${option.hint.replace(/\.$/, '')}${range}`);
}

function valueFlagOf({ name, placeholder, summary, words }: Value): Option {
  const allowed = words === undefined ? '' : ` (${words.join(', ')}; default ${words[0]})`;
  return new Option(`${name} ${placeholder}`, `${summary}${allowed}`);
}

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

const shown = (value: OptionValue | undefined): string =>
  value === undefined ? 'none' : typeof value === 'object' ? value.join(',') : String(value);

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
