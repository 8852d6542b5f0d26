/** The manual page, in the macros of man(7), from the same tables as the help. */
import type { Command } from './command.ts';
import { commands } from './commands.ts';
import { exits } from './exits.ts';
import { type Flag, flagsOf, globalFlagTable, helpFlag, spellings, versionFlag, what } from './flags.ts';

const files = [
  [
    'lab3.yaml',
    'The settings, each with a comment. In the working folder; setup writes it, every command reads it.',
  ],
  ['lab3-report/', 'The report and all that is in it. In the working folder.'],
  [
    '~/.cache/lab3/',
    'What was fetched and built, under Linux; ~/Library/Caches/lab3 under macOS, %LOCALAPPDATA%\\lab3\\Cache under ' +
      'Windows. Everything in it can be made again; lab3 clean removes it, an update keeps it.',
  ],
] as const;

const variables = [
  ['LAB3_CACHE', 'Another folder for the cache.'],
  ['LAB3_MIRROR', 'The address of a Debian archive; the setting mirror of lab3.yaml goes before it.'],
  ['LAB3_QEMU', 'The QEMU to use.'],
  ['LAB3_BASE_IMAGE', 'The image that the builder docker begins with, instead of debian:trixie-slim.'],
  ['DOCKER_HOST, DOCKER_CONTEXT', 'Which Docker engine is used, as the docker program has it.'],
  ['NO_COLOR, FORCE_COLOR', 'No colours, or colours where there is no terminal.'],
] as const;

export function manPage(version: string): string {
  const lines = [
    '.\\" Made from cli/ by `node scripts/docs.mjs`; changes here are lost.',
    `.TH LAB3 1 "" "lab3 ${version}" "User Commands"`,
    '.SH NAME',
    text(`lab3 - ${what.replace(/^./, (first) => first.toLowerCase())}`),
    '.SH SYNOPSIS',
    '.B lab3',
    '.I command',
    '.RI [ options ]',
    '.SH DESCRIPTION',
    text(
      'Builds a Linux kernel module against the headers of a kernel that is fetched for it, runs it in a virtual ' +
        'machine without and with a lock, and writes a report. Nothing is installed, nothing needs root.',
    ),
    '.SH COMMANDS',
    ...commands.flatMap(commandLines),
    '.SH OPTIONS OF EVERY COMMAND',
    ...[...globalFlagTable, helpFlag, versionFlag].flatMap(flagLines),
    '.SH EXIT STATUS',
    ...exits.flatMap(([code, meaning]) => ['.TP', `.B ${code}`, text(meaning)]),
    '.SH ENVIRONMENT',
    ...variables.flatMap(([name, meaning]) => ['.TP', `.B ${inline(name)}`, text(meaning)]),
    '.SH FILES',
    ...files.flatMap(([name, meaning]) => ['.TP', `.I ${inline(name)}`, text(meaning)]),
    '.SH EXAMPLES',
    ...commands.flatMap(({ examples }) =>
      examples.flatMap(([typed, effect]) => ['.TP', `.B ${inline(typed)}`, text(effect)]),
    ),
    '.SH SEE ALSO',
    '.BR qemu (1),',
    '.BR insmod (8)',
  ];
  return `${lines.join('\n')}\n`;
}

function commandLines(command: Command): string[] {
  const words = (command.arguments ?? []).map(({ name }) => ` [\\fI${inline(name)}\\fR]`).join('');
  return [
    `.SS "lab3 ${inline(command.name)}${words}"`,
    text(command.about ?? command.summary),
    ...(command.arguments ?? []).flatMap(({ name, summary }) => ['.TP', `.I ${inline(name)}`, text(summary)]),
    ...flagsOf(command).flatMap(flagLines),
  ];
}

function flagLines(flag: Flag): string[] {
  const names = spellings(flag).map((name) => `\\fB${inline(name)}\\fR`);
  const value = flag.placeholder === undefined ? '' : ` \\fI${inline(flag.placeholder.slice(1, -1))}\\fR`;
  return ['.TP', `${names.join(', ')}${value}`, text(flag.summary)];
}

const glyphs: Readonly<Record<string, string>> = {
  '\\': '\\e',
  '-': '\\-',
  "'": '\\(aq',
  '"': '\\(dq',
  '`': '\\(ga',
  '~': '\\(ti',
  '^': '\\(ha',
};

const width = 78;

/** Short lines, of which none begins with a dot. */
function text(words: string): string {
  const lines: string[] = [];
  for (const word of inline(words).split(/ +/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word.startsWith('.') ? `\\&${word}` : word);
  }
  return lines.join('\n');
}

/** What roff would read otherwise, and all that is not ASCII, by its name. */
function inline(words: string): string {
  return words.replaceAll(/[\\'"`~^-]|[^\x20-\x7e]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return glyphs[character] ?? `\\[u${code.toString(16).toUpperCase().padStart(4, '0')}]`;
  });
}
