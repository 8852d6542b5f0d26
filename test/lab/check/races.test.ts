import { expect, test } from 'vitest';
import { runDrafts } from '../../../lab/check/find.ts';
import { readOutcome } from '../../../lab/outcome.ts';
import { code, evidence, spec } from './sample.ts';

/** A report that has the locks of the second thread alone, as KCSAN writes it where the first has gone on meanwhile. */
function report(one: number, other: number, lock: string, name = '&jobs[i].mutex'): string {
  const bar = '='.repeat(66);
  return `${bar}
BUG: KCSAN: data-race in work [lab3] / work [lab3]

read to 0xffff888006182e78 of 8 bytes by task ${one} on cpu 1:
 work+0x86/0x1a0 [lab3]
 kthread+0xdf/0x110

write to 0xffff888006182e78 of 8 bytes by task ${other} on cpu 0:
 work+0xa6/0x1a0 [lab3]
 kthread+0xdf/0x110

1 lock held by adder/${other}:
 #0: ${lock} (${name}){+.+.}-{3:3}, at: work+0x6f/0x1a0 [lab3]
irq event stamp: 33

value changed: 0x0000000000005a56 -> 0x0000000000006544

Reported by Kernel Concurrency Sanitizer on:
CPU: 0 UID: 0 PID: ${other} Comm: adder/1 Tainted: G           O       6.12.118 #1
${bar}
`;
}

function kinds(text: string, locked = true): string[] {
  const run = evidence(text, { spec: spec({ locked, lock: locked ? 'own' : 'none' }) });
  return runDrafts({ run, outcome: readOutcome(text, run.spec) }, code({ work: 60 })).map(
    ({ kind, places }) => `${kind} ${places.map(({ line }) => line).join(' ')}`,
  );
}
const isRemark = (text: string) => text.startsWith('lock-not-shared');

test('each of two reports has the locks of one thread: together they show two locks of one name', () => {
  const text = report(60, 61, 'ffff888006ae2900') + report(61, 60, 'ffff888006ae2980');
  expect(kinds(text).filter(isRemark)).toEqual(['lock-not-shared 66']);
  expect(kinds(text, false).filter(isRemark)).toEqual([]);
});

test.each([
  ['one report', report(60, 61, 'ffff888006ae2900')],
  ['the same lock', report(60, 61, 'ffff888006ae2900') + report(61, 60, 'ffff888006ae2900')],
  ['the same thread', report(60, 61, 'ffff888006ae2900') + report(60, 61, 'ffff888006ae2980')],
  [
    'locks of two names',
    report(60, 61, 'ffff888006ae2900') + report(61, 60, 'ffff888006ae2980', '&list_lock'),
  ],
])('shows no lock of each thread’s own: %s', (_what, text) => {
  expect(kinds(text).some((one) => one.startsWith('data-race'))).toBe(true);
  expect(kinds(text).filter(isRemark)).toEqual([]);
});
