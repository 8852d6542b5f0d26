/** A command as data: what it is called, what it takes, what it says of itself; and a handler that gets what it needs. */
import type { OptionValue } from '../lab/options.ts';
import type { Context } from '../provision/context.ts';
import type { ContextParts } from './context.ts';
import type { Log } from './log.ts';
import type { Ui } from './ui/ui.ts';

/** What a shell may offer where a word is to be typed. */
export interface Offer {
  readonly words?: readonly string[];
  /** Several of the words, with commas between. */
  readonly list?: boolean;
  readonly path?: 'file' | 'folder';
}

export interface Argument extends Offer {
  readonly name: string;
  readonly summary: string;
}

export interface Switch {
  readonly name: string;
  readonly summary: string;
}

/** A flag with a value that no lab3.yaml has a place for. */
export interface Value extends Switch {
  /** `-j` */
  readonly short?: string;
  /** What stands for the value in the help: `<sum>`. */
  readonly placeholder: string;
  /** Where it is one of some words. */
  readonly words?: readonly string[];
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  /** A paragraph for `lab3 COMMAND --help`. */
  readonly about?: string;
  /** The words that may stand after the command. */
  readonly arguments?: readonly Argument[];
  /** Settings that can be given as flags, by their paths in the table of options. */
  readonly settings?: readonly string[];
  readonly switches?: readonly Switch[];
  readonly values?: readonly Value[];
  readonly examples: readonly (readonly [command: string, effect: string])[];
  /** Answers the exit code where it is not 0. What it needs to load, it imports when it runs. */
  run(input: Input, tools: Tools): Promise<number | undefined>;
}

export interface Input {
  /** Those that were given, in their order. */
  readonly arguments: readonly string[];
  /** Checked values of the flags that were given, by option path. */
  readonly settings: Readonly<Record<string, OptionValue>>;
  readonly switches: ReadonlySet<string>;
  /** By the flag's name. */
  readonly values: ReadonlyMap<string, string>;
}

export interface Tools {
  readonly cwd: string;
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly ui: Ui;
  /** Makes the cache folder and begins a log when first asked. */
  context(): Promise<Context>;
  /** For commands that make a context without either. */
  readonly contextParts: ContextParts;
  log(): Log | undefined;
}

/** Settings that every command which runs the module takes. */
export const runSettings = [
  'n_threads',
  'increment',
  'n_times',
  'locks',
  'vcpus',
  'memory',
  'vm',
  'box',
] as const;

/** Settings that every command which builds the module takes. */
export const buildSettings = ['module.dir', 'builder', 'suite', 'arch', 'kernel', 'mirror'] as const;
