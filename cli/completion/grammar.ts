/** What may stand where on the command line, as the scripts of all shells need it. */
import type { Argument, Command } from '../command.ts';
import { type Flag, flagsOf, globalFlagTable, helpFlag, versionFlag } from '../flags.ts';
import { asciiPunctuation } from '../ui/text.ts';

export interface Grammar {
  /** Before there is a command. */
  readonly flags: readonly Flag[];
  readonly commands: readonly CommandGrammar[];
}

export interface CommandGrammar {
  readonly name: string;
  readonly summary: string;
  readonly arguments: readonly Argument[];
  /** With those that every command takes. */
  readonly flags: readonly Flag[];
}

/** Summaries in ASCII: not every shell reads its scripts as UTF-8, and to PowerShell a ’ ends a string. */
export function grammarOf(commands: readonly Command[]): Grammar {
  const always = [...globalFlagTable, helpFlag].map(plain);
  const all = commands.map((command) => ({
    name: command.name,
    summary: asciiPunctuation(command.summary),
    arguments: command.arguments ?? [],
    flags: [...flagsOf(command).map(plain), ...always],
  }));
  const help = {
    name: 'help',
    summary: 'show the help of a command',
    arguments: [{ name: 'command', summary: 'a command', words: commands.map(({ name }) => name) }],
    flags: [],
  };
  return { flags: [...always, plain(versionFlag)], commands: [...all, help] };
}

const plain = (flag: Flag): Flag => ({ ...flag, summary: asciiPunctuation(flag.summary) });
