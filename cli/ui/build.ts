import type { BuildRecord } from '../../lab/result.ts';
import { count } from './amounts.ts';
import type { Style } from './style.ts';
import type { Terminal } from './terminal.ts';
import { harmless, wrap } from './text.ts';

/** What was built, with what, and the compiler's warnings as it would print them. */
export function buildText(file: string, record: BuildRecord, terminal: Terminal, style: Style): string {
  const { warnings, compiler, kernelRelease, builder, cached } = record;
  const facts = `${compiler}, Linux ${kernelRelease}, builder ${builder}${cached ? ', unchanged: from the cache' : ''}`;
  const lines = [
    `${style.green(style.glyphs.done)} ${style.bold(file)}`,
    ...wrap(harmless(facts), terminal.columns - 2).map((line) => style.dim(`  ${line}`)),
  ];
  if (warnings.length > 0) lines.push('', style.yellow(`${count(warnings.length, 'warning')}:`));
  for (const { file: source, line, column, message, flag } of warnings) {
    const place = [source, line, column].filter((part) => part !== undefined).join(':');
    // Whole and with its word, as editors look for it.
    lines.push(harmless(`  ${place}: warning: ${message}${flag ? ` [${flag}]` : ''}`));
  }
  return `${lines.join('\n')}\n`;
}
