import { describe, expect, it } from 'vitest';
import { bugText, failureDocument, failureText } from '../../../cli/ui/failure.ts';
import { styleFor } from '../../../cli/ui/style.ts';
import type { Terminal } from '../../../cli/ui/terminal.ts';
import { labError } from '../../../lab/errors.ts';

const at = (columns: number, unicode = true, log?: string) => {
  const terminal: Terminal = {
    interactive: false,
    live: false,
    columns,
    color: false,
    unicode,
    endless: false,
    program: 'lab3',
  };
  return { terminal, style: styleFor(terminal), log };
};
const diskFull = labError('DiskFull', { path: '/home/ada/.cache/lab3', needed: '1.2 GiB' });

describe('an error of the catalogue', () => {
  it('says what happened, what to do and the exit code', () => {
    expect(failureText(diskFull, at(80, true, '/home/ada/.cache/lab3/logs/x.log'))).toMatchInlineSnapshot(`
      "✖ The disk is full
        No space is left on the disk that holds /home/ada/.cache/lab3 (about 1.2 GiB
        is needed).

        → Free some space, or choose another disk with LAB3_CACHE=FOLDER; \`lab3 clean\`
          empties the cache.

        Log: /home/ada/.cache/lab3/logs/x.log
        Exit code 69: this computer or the network is at fault (DiskFull).
      "
    `);
  });

  it('wraps at 40 columns and does without Unicode', () => {
    const text = failureText(diskFull, at(40, false));
    expect(text).toMatch(/^x The disk is full\n/);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(40);
    expect(text).toMatch(/^[\x00-\x7f]*$/);
  });

  it('shows the lines of a compiler as they are, made harmless and not without end', () => {
    const detail = ['lab3.c:12:5: error: \u001b[31mboom\u001b[0m\u0007', ...Array(60).fill('more')].join(
      '\n',
    );
    const error = labError('Interrupted', undefined, { detail });
    const text = failureText(error, at(80, true, '/x.log'));
    expect(text).toContain('\n  lab3.c:12:5: error: boom\\x07\n');
    expect(text).toContain('… 21 more lines in /x.log');
  });

  it('is one document for a program', () => {
    expect(failureDocument(diskFull)).toMatchObject({
      error: { name: 'DiskFull', fault: 'computer', hint: expect.stringContaining('LAB3_CACHE') },
      exitCode: 69,
    });
  });
});

it('calls everything else a bug of ours and names the log', () => {
  const text = bugText(new TypeError('x is not a function\u001b[2J'), at(80, true, '/c/logs/x.log'));
  expect(text).toContain('This is a bug in lab3');
  expect(text).toContain('TypeError: x is not a function\\x1b[2J');
  expect(text).toContain('/c/logs/x.log');
  expect(text).not.toContain('    at ');
});
