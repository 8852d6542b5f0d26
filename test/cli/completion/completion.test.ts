import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commands } from '../../../cli/commands.ts';
import { completionScript } from '../../../cli/completion/script.ts';
import { flagsOf } from '../../../cli/flags.ts';
import { ask, folder, hasShell } from './shell.ts';

mkdirSync(join(folder, 'my module'));
writeFileSync(join(folder, 'rubric.yaml'), '');
const names = [...commands.map(({ name }) => name), 'help'];

describe.skipIf(!hasShell('bash'))('bash', () => {
  const program = `source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _lab3 lab3
for word in "\${COMPREPLY[@]}"; do echo "$word"; done`;
  const offers = (...words: string[]) =>
    ask('bash', ['--norc'], program, ['lab3', ...words])
      .split('\n')
      .filter(Boolean);

  it('offers every command, and every flag of each', () => {
    expect(offers('')).toEqual(names);
    for (const command of commands)
      expect(offers(command.name, '-')).toEqual(
        expect.arrayContaining([...flagsOf(command).map(({ name }) => name), '--json', '--help', '-h']),
      );
  });

  it.each([
    [['--vers'], ['--version']],
    [['--json', 'ru'], ['run']],
    [['run', '--vm', 'q'], ['qemu']],
    [
      ['run', '--lock', ''],
      ['none', 'own', 'spinlock', 'mutex', 'atomic'],
    ],
    [['run', '--lock', 'none,spi'], ['none,spinlock']],
    [['run', '--lock', '=', 'ow'], ['own']],
    [['run', '--n-threads', ''], []],
    [['run', ''], []],
    [['run', '--module', 'my'], ['my module']],
    [['run', '--module', 'rub'], []],
    [['grade', '--rubric', 'rub'], ['rubric.yaml']],
    [['kernel', 'ex'], ['export']],
    [['kernel', '--kind', 'kasan', 'imp'], ['import']],
    [['kernel', 'import', 'rub'], ['rubric.yaml']],
    [['completion', 'p'], ['powershell']],
    [['help', 'swe'], ['sweep']],
    [['nothing', ''], []],
  ])('%j is followed by %j', (words, expected) => {
    expect(offers(...words)).toEqual(expected);
  });
});

const lines = [
  ['--vers', '--version'],
  ['setu', 'setup'],
  ['--json ker', '--json kernel'],
  ['run --n-th', 'run --n-threads'],
  ['run --vm q', 'run --vm qemu'],
  ['run --lock none,spi', 'run --lock none,spinlock'],
  ['run --lock=ow', 'run --lock=own'],
  ['grade --rubric rub', 'grade --rubric rubric.yaml'],
  ['kernel --kind kasan imp', 'kernel --kind kasan import'],
  ['kernel import rub', 'kernel import rubric.yaml'],
  ['run --kernel rub', 'run --kernel rub'],
  ['help swe', 'help sweep'],
] as const;

describe.skipIf(!hasShell('fish'))('fish', () => {
  const program = 'source $argv[1]\nfor line in $argv[2..-1]; echo "== $line"; complete -C $line; end';

  it('completes commands, flags, words, lists and files', () => {
    const asked = ask(
      'fish',
      ['--no-config'],
      program,
      lines.map(([line]) => `lab3 ${line}`),
    );
    const answers = asked.split(/^== .*\n/m).slice(1);
    expect(answers.map((answer) => answer.replace(/\t.*/g, '').trim())).toEqual(
      lines.map(([line, whole]) => (line === whole ? '' : whole.split(' ').at(-1))),
    );
  });

  it('offers every command', () => {
    const offered = ask('fish', ['--no-config'], program, ['lab3 ']).split('\n').slice(1, -1);
    expect(offered.map((line) => line.split('\t')[0]).sort()).toEqual([...names].sort());
  });
});

describe.skipIf(!hasShell('zsh'))('zsh', () => {
  // Completion needs zsh's line editor, and that a terminal: one of zsh's own.
  const program = `zmodload zsh/zpty
zpty editor zsh -f -i
zpty -w editor "PROMPT=; stty -echo; autoload -Uz compinit; compinit -u -D; eval \\"\\$(<\${(q)1})\\"; lab3() { print -r -- \\"<\\$*>\\" }; print -r -- 'rea''dy'"
zpty -r editor out '*ready*'
for line in "\${@:2}"; do
  zpty -w -n editor "$line"$'\\t\\n'
  zpty -r editor out '*<*>*'
  print -r -- "\${\${out##*<}%%>*}"
done
zpty -d editor`;

  it('completes commands, flags, words, lists and files', () => {
    const asked = ask(
      'zsh',
      ['-f'],
      program,
      lines.map(([line]) => `lab3 ${line}`),
    );
    expect(asked.trimEnd().split('\n')).toEqual(lines.map(([, whole]) => whole));
  });
});

describe('PowerShell', () => {
  const script = completionScript('powershell');

  it('has every command with its flags and words', () => {
    for (const command of commands) {
      const [, own = ''] = script.split(`\n    '${command.name}' = @{\n`);
      const table = own.slice(0, own.indexOf('\n    }'));
      expect(table).toContain('Summary = ');
      for (const { name, words } of flagsOf(command)) {
        const row = table.split('\n').find((line) => line.includes(`'${name}' = @{`));
        expect(row).toContain(`'${name}' = @{`);
        if (words !== undefined) expect(row).toContain(`Words = @('${words.join("', '")}')`);
      }
    }
    expect(script).toContain('Register-ArgumentCompleter -Native -CommandName lab3');
  });

  it('closes what it opens', () => {
    const code = script.replaceAll(/#.*/g, '').replaceAll(/'(?:[^']|'')*'/g, '');
    const open: string[] = [];
    const partner: Record<string, string> = { ')': '(', '}': '{', ']': '[' };
    for (const [character] of code.matchAll(/[(){}[\]]/g)) {
      if (partner[character] === undefined) open.push(character);
      else expect(open.pop()).toBe(partner[character]);
    }
    expect(open).toEqual([]);
  });
});

it.each(['bash', 'zsh', 'fish', 'powershell'] as const)('%s gets ASCII alone', (shell) => {
  expect(completionScript(shell)).toMatch(/^[\n\x20-\x7e]*$/);
});
