/**
 * Every setting of the lab, in one table: what `lab3.yaml` may say, what a flag may say, what a prompt offers and
 * what an error allows all come from here. Free of libraries, because `lab3 --help` reads it.
 */

import { architectures, builderNames, guestNames, lockKinds, suites } from './names.ts';
import { nearest } from './nearest.ts';
import { sweepOptions } from './options/sweep.ts';
import { mostValues, readInteger, readIntegers } from './ranges.ts';
import { readTemplate, type TemplateKind } from './template.ts';

interface Common {
  /** Place in lab3.yaml, sections separated by dots. */
  readonly path: string;
  /** Flag of the command line, where there is one. */
  readonly flag?: string;
  /** What a prompt asks. */
  readonly label: string;
  /** One line below a prompt and after a flag. */
  readonly hint: string;
  /** Shown in a new lab3.yaml where the option has no default. */
  readonly example?: string;
}
export type Option = Common &
  (
    | { readonly kind: 'integer'; readonly min: number; readonly max: number; readonly default: number }
    | { readonly kind: 'word'; readonly words: readonly string[]; readonly default?: string }
    | {
        /** A list of whole numbers, with ranges; see lab/ranges.ts. */
        readonly kind: 'integers';
        readonly min: number;
        readonly max: number;
        readonly default?: readonly number[];
      }
    | { readonly kind: 'words'; readonly words: readonly string[]; readonly default?: readonly string[] }
    | {
        readonly kind: 'text';
        /** In words, for errors. */
        readonly allowed: string;
        readonly check: (text: string) => boolean | string;
      }
  );
export type OptionValue = number | string | readonly string[] | readonly number[];

const oneLine = (text: string) => text.length <= 200 && !/[\p{Cc}\p{Cs}\u2028\u2029]/u.test(text);
const identifier = (text: string) => /^[A-Za-z_]\w{0,62}$/.test(text);
const template = (kind: TemplateKind) => (text: string) => {
  const answer = readTemplate(kind, text);
  return 'problem' in answer ? answer.problem : true;
};

const table: readonly Option[] = [
  {
    path: 'n_threads',
    flag: '--n-threads',
    kind: 'integer',
    min: 1,
    max: 1024,
    default: 10,
    label: 'How many threads?',
    hint: 'Threads that add to the shared variable at the same time.',
  },
  {
    path: 'increment',
    flag: '--increment',
    kind: 'integer',
    min: 1,
    max: 1_000_000,
    default: 2,
    label: 'How much does each step add?',
    hint: 'What one step of a thread adds to the shared variable.',
  },
  {
    path: 'n_times',
    flag: '--n-times',
    kind: 'integer',
    min: 1,
    max: 1_000_000_000,
    default: 500_000,
    label: 'How many steps does each thread make?',
    hint: 'With few steps a race may not show; above some millions a run takes long without acceleration.',
  },
  {
    path: 'locks',
    flag: '--lock',
    kind: 'words',
    words: lockKinds,
    default: ['none', 'own'],
    label: 'Which locks are run, one run each?',
    hint: 'none shows the race, own is the spinlock of the exercise; spinlock, mutex and atomic are the kernel’s.',
  },
  {
    path: 'vcpus',
    flag: '--vcpus',
    kind: 'integer',
    min: 1,
    max: 64,
    default: 2,
    label: 'How many virtual CPUs?',
    hint: 'With a single one threads hardly ever meet, so the unlocked total is right by luck.',
  },
  {
    path: 'memory',
    flag: '--memory',
    kind: 'integer',
    min: 128,
    max: 65_536,
    default: 256,
    label: 'How much memory for the virtual machine, in MiB?',
    hint: 'MiB. 256 is enough for the module; more only takes it from this computer.',
  },
  {
    path: 'check_runs',
    flag: '--runs',
    kind: 'integer',
    min: 1,
    max: 100,
    default: 4,
    label: 'How many runs of each lock does a check make?',
    hint: 'Runs of each lock on the checked kernel, with different numbers of threads and steps.',
  },
  {
    path: 'builder',
    flag: '--builder',
    kind: 'word',
    words: ['auto', ...builderNames],
    default: 'auto',
    label: 'What compiles the module?',
    hint: 'auto takes the first of docker, sandbox, vm that works here, and says which.',
  },
  {
    path: 'vm',
    flag: '--vm',
    kind: 'word',
    words: ['auto', ...guestNames],
    default: 'auto',
    label: 'What runs the virtual machine?',
    hint: 'auto takes QEMU, or a container where there is Docker and no QEMU, and says which; vagrant only where it is named.',
  },
  {
    path: 'box',
    flag: '--box',
    kind: 'text',
    allowed: 'the name of a box of Vagrant, or a file',
    check: oneLine,
    label: 'Which box of Vagrant?',
    hint: 'For vm vagrant: a name in Vagrant’s catalogue or a file. Without it, the one that lab3’s Vagrantfile names.',
    example: 'debian/bookworm64',
  },
  {
    path: 'suite',
    flag: '--suite',
    kind: 'word',
    words: suites,
    default: 'trixie',
    label: 'Which release of Debian gives the kernel?',
    hint: 'trixie has Linux 6.12, bookworm Linux 6.1.',
  },
  {
    path: 'arch',
    flag: '--arch',
    kind: 'word',
    words: architectures,
    label: 'Which architecture?',
    hint: 'Without it, the one of this computer; another one is emulated and slower.',
    example: 'amd64',
  },
  {
    path: 'kernel',
    flag: '--kernel',
    kind: 'text',
    allowed: 'a kernel’s package version or release, such as 6.12.48-1',
    check: (text) => /^\d[0-9A-Za-z.+~:-]{0,99}$/.test(text),
    label: 'Which version of the kernel?',
    hint: 'Without it, the newest of the suite. A version here gives a whole class the same one.',
    example: '6.12.48-1',
  },
  {
    path: 'mirror',
    flag: '--mirror',
    kind: 'text',
    allowed:
      'the http:// or https:// address of a Debian archive; after a space, the one of its security updates',
    check: (text) => text.length <= 500 && /^https?:\/\/[^\s/]\S*(?: +https?:\/\/[^\s/]\S*)?$/.test(text),
    label: 'Which Debian archive?',
    hint: 'Without it: LAB3_MIRROR, this computer’s own apt sources on Debian, or Debian’s snapshot service.',
    example: 'https://snapshot.debian.org/archive/debian/20260101T000000Z/',
  },
  {
    path: 'module.dir',
    flag: '--module',
    kind: 'text',
    allowed: 'a folder',
    check: oneLine,
    label: 'In which folder is the module?',
    hint: 'Folder with the sources, relative to that of lab3.yaml. Without it, the module that comes with lab3.',
    example: 'my-module',
  },
  ...(['n_threads', 'increment', 'n_times', 'lock'] as const).map(
    (name): Option => ({
      path: `module.params.${name}`,
      kind: 'text',
      allowed: 'the name of a module parameter: letters, digits and _',
      check: identifier,
      label: `Which of the module’s parameters means ${name}?`,
      hint: `The parameter of the module that means ${name}; without it, it is recognised by its name.`,
      example: { n_threads: 'thread_num', increment: 'thr_inc', n_times: 'thr_cnt', lock: 'use_lock' }[name],
    }),
  ),
  ...lockKinds.map(
    (name): Option => ({
      path: `module.lock_values.${name}`,
      kind: 'text',
      allowed: 'a word without spaces: letters, digits and . + - _',
      check: (text) => /^[\w.+-]{1,64}$/.test(text),
      label: `Which value of the lock parameter means ${name}?`,
      hint: `The value of the lock parameter for a run with ${name}.`,
      example: { none: '0', own: '1', spinlock: 'spin', mutex: 'mutex', atomic: 'atomic' }[name],
    }),
  ),
  ...(
    [
      ['total', 'the line with the shared variable at the end', '"Global_Counter = %i"'],
      ['thread', 'a line of one thread', '"thread {index}: {value}"'],
      ['list', 'a node of the list; {values} where one line holds all', '"node: %d"'],
      ['time', 'the line with the time taken', '"took {time_ms} ms"'],
    ] as const
  ).map(
    ([name, what, example]): Option => ({
      path: `module.patterns.${name}`,
      kind: 'text',
      allowed: 'a format as in printk, such as "Result = %d" or "thread {index}: {value}"',
      check: template(name),
      label: `How does the module print ${what}?`,
      hint: `How it prints ${what}.`,
      example,
    }),
  ),
  ...sweepOptions,
  {
    path: 'report.student',
    flag: '--student',
    kind: 'text',
    allowed: 'a name in one line of at most 200 characters',
    check: oneLine,
    label: 'Whose report is it?',
    hint: 'Name on the report.',
    example: 'Ada Lovelace',
  },
  {
    path: 'report.group',
    flag: '--group',
    kind: 'text',
    allowed: 'a group in one line of at most 200 characters',
    check: oneLine,
    label: 'In which group?',
    hint: 'Group on the report.',
    example: '3531',
  },
  {
    path: 'report.out',
    flag: '--out',
    kind: 'text',
    allowed: 'a folder',
    check: oneLine,
    label: 'Where is the report written?',
    hint: 'Folder of the report, relative to that of lab3.yaml. Without it, lab3-report.',
    example: 'lab3-report',
  },
];

export const options: ReadonlyMap<string, Option> = new Map(table.map((option) => [option.path, option]));

/** The setting at `path`, which must be one of the table. */
export function describeOption(path: string): Option {
  const option = options.get(path);
  if (option === undefined) throw new TypeError(`no option ${path}`);
  return option;
}

/** Default of an option as it would be typed; absent where there is none. */
export function defaultOf(option: Option): OptionValue | undefined {
  return option.kind === 'text' ? undefined : option.default;
}

/** What may stand there, in words: `a whole number from 1 to 1024`. */
export function allowedOf(option: Option): string {
  switch (option.kind) {
    case 'integer':
      return `a whole number from ${option.min} to ${option.max}`;
    case 'integers':
      return `whole numbers from ${option.min} to ${option.max}, at most ${mostValues}: 1,2,4 or 1..8 or 1..64 x2`;
    case 'word':
      return `one of ${option.words.join(' ')}`;
    case 'words':
      return `one or more of ${option.words.join(' ')}`;
    case 'text':
      return option.allowed;
  }
}

export interface BadValue {
  /** What is wrong, with the value: `is 0, below 1`. */
  readonly problem: string;
  readonly value: string;
  readonly allowed: string;
  readonly nearest?: string;
}

/**
 * Reads what a person typed for an option: `500000`, `500_000` and `5e5` are one number; `none,own` and
 * `['none', 'own']` one list, `1..4` and `1,2,3,4` too.
 */
export function readOption(
  option: Option,
  typed: string | readonly string[],
): { accepted: OptionValue } | BadValue {
  const bad = (value: string, problem: string, near?: string): BadValue => ({
    problem,
    value: quote(value),
    allowed: allowedOf(option),
    ...(near === undefined ? {} : { nearest: near }),
  });
  if (option.kind === 'words') {
    const words = (typeof typed === 'string' ? typed.split(/[\s,]+/) : typed).filter((word) => word !== '');
    const unknown = words.find((word) => !option.words.includes(word));
    if (unknown !== undefined) return bad(unknown, `has ${quote(unknown)}`, nearest(unknown, option.words));
    if (words.length === 0) return bad('', 'is empty');
    const twice = words.find((word, at) => words.indexOf(word) !== at);
    if (twice !== undefined) return bad(twice, `has ${twice} twice`);
    return { accepted: words };
  }
  if (option.kind === 'integers') {
    const items = (typeof typed === 'string' ? [typed] : typed)
      .flatMap((item) => item.split(grouped.test(item) ? ',' : /,|(?<=\d)\s+(?=\d)/))
      .map((item) => item.trim())
      .filter((item) => item !== '');
    if (items.length === 0) return bad('', 'is empty');
    const read = readIntegers(items, option);
    return 'accepted' in read ? read : bad(read.item, `has ${quote(read.item)}, ${read.problem}`);
  }
  if (typeof typed !== 'string') return bad(typed.join(' '), 'is a list');
  const text = typed.trim();
  if (text === '') return bad('', 'is empty');
  const is = `is ${quote(text)}`;
  if (option.kind === 'integer') {
    const number = readInteger(text);
    if (number === undefined) return bad(text, is);
    return number < option.min || number > option.max ? bad(text, is) : { accepted: number };
  }
  if (option.kind === 'word') {
    return option.words.includes(text) ? { accepted: text } : bad(text, is, nearest(text, option.words));
  }
  const answer = option.check(text);
  if (answer === true) return { accepted: text };
  return bad(text, typeof answer === 'string' ? `${is}, which ${answer}` : is);
}

/**
 * PowerShell makes a list of `1,2,4` and hands it on as `1 2 4`. What may as well be one number with blanks between its thousands
 * is left whole, and refused.
 */
const grouped = /^\s*\d{1,3}(?:\s\d{3})+\s*$/;

/** A value as a message shows it: bounded, without control characters, quoted where words would run together. */
export function quote(text: string): string {
  const shown = text.slice(0, 60).replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, '\u{fffd}');
  const cut = text.length > 60 ? `${shown}…` : shown;
  return /^[\w.+:/~-]+$/.test(cut) ? cut : `“${cut}”`;
}
