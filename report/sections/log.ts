/** The kernel's log: the part that each run wrote, or all of it where nobody knows the parts. */
import type { Block, Section } from '../document.ts';
import { plural } from '../numbers.ts';
import { excerpt, visible } from '../text.ts';
import type { NamedRun } from './runs.ts';

const mostLines = 120;

export function logSection(runs: readonly NamedRun[], dmesg: string): Section {
  const lines = visible(dmesg).replace(/\n+$/, '').split('\n');
  const blocks: Block[] = [
    {
      kind: 'paragraph',
      text: ['The whole log, ', plural(lines.length, 'line'), ', is in ', { code: 'dmesg.txt' }, '.'],
    },
  ];
  const part = (title: string, from: number, to: number): void => {
    const part = lines.slice(from - 1, to);
    if (part.length === 0) return;
    blocks.push({
      kind: 'fold',
      title: `${title}: ${part.length === 1 ? `line ${from}` : `lines ${from} to ${from + part.length - 1}`}`,
      print: true,
      blocks: [{ kind: 'code', text: excerpt(part, mostLines).join('\n') }],
    });
  };
  for (const { run, name } of runs) {
    const [from, to] = run.consoleLines ?? [0, 0];
    if (from >= 1 && to >= from) part(`Log of the run, ${name}`, from, to);
  }
  if (blocks.length === 1 && dmesg.trim() !== '') part('Log', 1, lines.length);
  return { id: 'log', title: 'Log', blocks };
}
