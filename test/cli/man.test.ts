import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { commands } from '../../cli/commands.ts';
import { flagsOf } from '../../cli/flags.ts';
import { manPage } from '../../cli/man.ts';
import { version } from '../../cli/package-files.ts';
import { requirePart } from '../require.ts';

const file = fileURLToPath(new URL('../../man/lab3.1', import.meta.url));
const page = manPage(version());
const has = (program: string) =>
  requirePart(program, spawnSync(program, [file]).error === undefined, `no ${program} is on the PATH`);

describe('the manual page', () => {
  it('is up to date: node scripts/docs.mjs', () => {
    expect(readFileSync(file, 'utf8')).toBe(page);
  });

  it('has every command, flag and example, and nothing that roff could read otherwise', () => {
    for (const command of commands) {
      expect(page).toContain(`.SS "lab3 ${command.name}`);
      for (const { name } of flagsOf(command)) expect(page).toContain(name.replaceAll('-', '\\-'));
    }
    expect(page).toMatch(/^[\n\x20-\x7e]*$/);
    expect(page.split('\n').filter((line) => /^'|^\.(?!\\"|TH|SH|SS|TP|BR?\b|I\b|RI\b)/.test(line))).toEqual(
      [],
    );
  });

  it.skipIf(!has('mandoc'))('satisfies mandoc', () => {
    const { stdout } = spawnSync('mandoc', ['-T', 'lint', file], { encoding: 'utf8' });
    // With a date in it the page would be another every day.
    expect(stdout.split('\n').filter((line) => line !== '' && !line.includes('missing date'))).toEqual([]);
  });
});
