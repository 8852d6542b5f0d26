/** What a command takes, as plain data: parser, help, completion and manual page all work from it. */
import { allowedOf, defaultOf, describeOption, type OptionValue } from '../lab/options.ts';
import type { Command, Offer, Value } from './command.ts';

export const what =
  'A Linux kernel threads lab in one command: a virtual machine, a module, two runs, a report';

export interface Flag extends Offer {
  /** `--n-threads` */
  readonly name: string;
  readonly short?: string;
  /** What stands for its value in the help: `<number>`. Absent where it takes none. */
  readonly placeholder?: string;
  readonly summary: string;
}

export const globalFlagTable: readonly Flag[] = [
  { name: '--json', summary: 'print one JSON document on stdout; progress goes to stderr' },
  { name: '--verbose', summary: 'show what compilers, engines and the guest say' },
  { name: '--no-color', summary: 'no colours (NO_COLOR and FORCE_COLOR work as well)' },
];
export const versionFlag: Flag = {
  name: '--version',
  summary: 'print the versions of lab3, of the kernel and of QEMU',
};
export const helpFlag: Flag = { name: '--help', short: '-h', summary: 'show this help' };

/** `--help` and `-h`. */
export const spellings = ({ name, short }: Flag): string[] => [name, ...(short === undefined ? [] : [short])];

/** Without those that every command takes. */
export function flagsOf({ switches = [], values = [], settings = [] }: Command): Flag[] {
  return [...switches, ...values.map(valueFlag), ...settings.map(settingFlag)];
}

function valueFlag({ name, short, placeholder, summary, words }: Value): Flag {
  const allowed = words === undefined ? '' : ` (${words.join(', ')}; default ${words[0]})`;
  return {
    name,
    ...(short === undefined ? {} : { short }),
    placeholder,
    summary: `${summary}${allowed}`,
    ...(words === undefined ? pathOf(placeholder) : { words }),
  };
}

function settingFlag(path: string): Flag {
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
      : ` (${allowedOf(option)}${standard === undefined ? '' : `; default ${shown(standard)}`})`;
  const words = option.kind === 'word' || option.kind === 'words' ? option.words : undefined;
  return {
    name: option.flag,
    placeholder,
    summary: `${option.hint.replace(/\.$/, '')}${range}`,
    ...(words === undefined ? pathOf(placeholder) : { words, list: option.kind === 'words' }),
  };
}

const pathOf = (placeholder: string): Offer =>
  placeholder === '<folder>' ? { path: 'folder' } : placeholder === '<file>' ? { path: 'file' } : {};

const shown = (value: OptionValue): string => (typeof value === 'object' ? value.join(',') : String(value));
