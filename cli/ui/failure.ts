/** An error as a person reads it: what happened, the compiler's or kernel's own lines, what to do, the exit code. */
import type { Fault, LabError } from '../../lab/errors.ts';
import type { Style } from './style.ts';
import type { Terminal } from './terminal.ts';
import { harmless, truncate, wrap } from './text.ts';

/** Enough for a compiler's first errors; the whole is in the log. */
const detailLines = 40;

const blame: Record<Fault, string> = {
  module: 'the module is at fault',
  usage: 'usage or configuration',
  computer: 'this computer or the network is at fault',
  interrupted: 'interrupted',
};

interface Place {
  readonly terminal: Terminal;
  readonly style: Style;
  /** The log of this command, if one was begun. */
  readonly log?: string | undefined;
}

export function failureText(error: LabError, { terminal, style, log }: Place): string {
  const { columns } = terminal;
  const lines = [`${style.red(style.glyphs.failed)} ${style.bold(style.say(harmless(error.title)))}`];
  lines.push(...wrap(style.say(harmless(error.message)), columns - 2).map((line) => `  ${line}`));
  if (error.detail !== undefined && error.detail.trim() !== '') {
    const detail = harmless(error.detail).replace(/\s+$/, '').split('\n');
    lines.push('', ...detail.slice(0, detailLines).map((line) => `  ${line}`));
    if (detail.length > detailLines) {
      const more = `${detail.length - detailLines} more lines${log ? ` in ${log}` : ''}`;
      lines.push(style.dim(`  ${style.glyphs.ellipsis} ${more}`));
    }
  }
  if (error.hint !== '') {
    const [first = '', ...rest] = wrap(
      style.say(harmless(error.hint)).replaceAll('`lab3 ', `\`${terminal.program} `),
      columns - 4,
    );
    lines.push('', `  ${style.cyan(style.glyphs.pointer)} ${first}`, ...rest.map((line) => `    ${line}`));
  }
  if (error.fault === 'computer' && log !== undefined)
    lines.push('', ...dimmed(`Log: ${log}`, columns, style));
  lines.push(
    ...dimmed(`Exit code ${error.exitCode}: ${blame[error.fault]} (${error.name}).`, columns, style),
  );
  return `${lines.join('\n')}\n`;
}

/** An error that is not in the catalogue is a bug of ours, and says so. */
export function bugText(error: unknown, { terminal, style, log }: Place): string {
  const name = error instanceof Error ? error.name : typeof error;
  const message = error instanceof Error ? error.message : String(error);
  const lines = [
    `${style.red(style.glyphs.failed)} ${style.bold('This is a bug in lab3')}`,
    ...wrap(harmless(`${name}: ${message}`), terminal.columns - 2).map((line) => `  ${line}`),
    '',
    ...(log === undefined
      ? dimmed('Run it again with --verbose to see where it happened.', terminal.columns, style)
      : dimmed(`Please report it with this file: ${log}`, terminal.columns, style)),
  ];
  return `${lines.join('\n')}\n`;
}

function dimmed(text: string, columns: number, style: Style): string[] {
  return wrap(text, columns - 2).map((line) => style.dim(`  ${line}`));
}

/** The one line that a log or a JSON reader gets beside the text. */
export function failureDocument(error: LabError): Record<string, unknown> {
  return {
    error: {
      name: error.name,
      fault: error.fault,
      title: error.title,
      message: error.message,
      hint: error.hint,
      ...(error.detail === undefined ? {} : { detail: truncate(error.detail, 20_000, '…') }),
    },
    exitCode: error.exitCode,
  };
}
