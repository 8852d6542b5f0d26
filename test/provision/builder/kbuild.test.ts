import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  buildCommand,
  commonCommand,
  planCommand,
  plannedFiles,
  readCommon,
  readPlan,
} from '../../../provision/builder/kbuild.ts';
import { makeCommand } from '../../../provision/builder/recipe.ts';
import { stock } from '../kernel/stored-kernel.ts';

const kernel = { ...stock, release: '6.12.118+deb13-cloud-amd64' };
const common = '/usr/src/linux-headers-6.12.118+deb13-common';
const folder = `/usr/src/linux-headers-${kernel.release}`;
const environment =
  "export KBUILD_EXTMOD='/build/lab3_some_module'\nexport CC=' x86_64-linux-gnu-gcc-14'\nexport TWO='a\nb'\n";

function said(file: string, ...settings: string[]): string {
  const words = ['-f', `${common}/scripts/Makefile.${file}`, ...settings];
  return `sh make\nlab3-kbuild-begin\n${folder}\n${environment}lab3-kbuild-call\n${words.join('\n')}\nlab3-kbuild-end\n`;
}
const whole = [
  `make: Entering directory '${folder}'\n`,
  said('build', 'obj=/build/lab3_some_module', 'need-builtin=1', 'need-modorder=1'),
  said('modpost'),
  said('modfinal'),
  `make: Leaving directory '${folder}'\n`,
].join('');

test('what Kbuild would call is read, and called for a module of any name', () => {
  const plan = readPlan(whole);
  expect(plan?.makes.map(([, file]) => file)).toEqual(
    ['build', 'modpost', 'modfinal'].map((file) => `${common}/scripts/Makefile.${file}`),
  );
  const [shell, option, script = '', name, ...settings] = buildCommand('race', kernel, plan);
  expect([shell, option, name]).toEqual(['sh', '-c', 'sh']);
  expect(script.split('\n')).toEqual([
    `cd '${folder}' || exit`,
    "export KBUILD_EXTMOD='/build/race'",
    "export CC=' x86_64-linux-gnu-gcc-14'",
    "export TWO='a",
    "b'",
    '',
    `make -rR --no-print-directory "$@" '-f' '${common}/scripts/Makefile.build' 'obj=/build/race' 'need-builtin=1' 'need-modorder=1' || exit`,
    `make -rR --no-print-directory "$@" '-f' '${common}/scripts/Makefile.modpost' || exit`,
    `make -rR --no-print-directory "$@" '-f' '${common}/scripts/Makefile.modfinal' || exit`,
  ]);
  expect(settings).toEqual(['M=/build/race', '-j2', 'CONFIG_DEBUG_INFO_BTF_MODULES=']);
});

test('without a plan the top-level Makefile builds', () => {
  expect(buildCommand('race', kernel, undefined)).toEqual(makeCommand('race', kernel));
});

test('the question names no module of anybody’s', () => {
  expect(planCommand(kernel).slice(3)).toEqual([
    'sh',
    '/build/lab3_some_module',
    ...makeCommand('lab3_some_module', kernel).slice(1),
  ]);
});

test.each([
  ['nothing', ''],
  ['a kernel whose Kbuild calls something else', whole.replace('Makefile.modpost', 'Makefile.other')],
  ['one make less', whole.replace(said('modpost'), '')],
  [
    'environments that differ',
    whole.replace(said('modpost'), said('modpost').replace("export TWO='a", "export TWO='b")),
  ],
  ['a folder of no kernel', whole.replaceAll(`${folder}\nexport`, '/tmp\nexport')],
  ['an argument that is none', whole.replace('need-builtin=1', '--eval=$(shell true)')],
  ['an end that is missing', whole.slice(0, -100)],
])('is no plan: %s', (_what, output) => {
  expect(readPlan(output)).toBeUndefined();
});

test('whatever is printed, a plan calls Makefiles of the kernel’s alone', () => {
  const pieces = fc.constantFrom(
    ...whole.split(/(?<=\n)/),
    'lab3-kbuild-begin\n',
    '--eval=x\n',
    '-f\n',
    '/etc/passwd\n',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 60 }), (lines) => {
      const plan = readPlan(lines.join(''));
      for (const words of plan?.makes ?? []) {
        expect(words[0]).toBe('-f');
        expect(
          words.slice(1).every((word) => /^\/usr\/src\/[^/]+\/scripts\/Makefile|^[\w-]+=/.test(word)),
        ).toBe(true);
      }
    }),
  );
});

describe('what all modules have in common', () => {
  const plan = readPlan(whole);
  const command =
    'savedcmd_/build/lab3_some_module/.module-common.o := gcc -o /build/lab3_some_module/.module-common.o';
  const answer = `a warning\nlab3-kbuild-begin\n${command}\nlab3-kbuild-call\naGVsbG8=\nlab3-kbuild-end\n`;

  test('is made by Kbuild’s last make, where no source is', () => {
    if (plan === undefined) throw new TypeError('no plan');
    const [, , script = '', , ...settings] = commonCommand(kernel, plan);
    expect(script).toContain(
      `"$@" '-f' '${common}/scripts/Makefile.modfinal' /build/lab3_some_module/.module-common.o`,
    );
    expect(settings[0]).toBe('M=/build/lab3_some_module');
  });

  test('lies beside a module of any name, with the command that would have made it', () => {
    const files = plannedFiles('race', plan && { ...plan, common: readCommon(answer) });
    expect([...files].map(([name, content]) => [name, Buffer.from(content).toString()])).toEqual([
      ['.module-common.o', 'hello'],
      [
        '..module-common.o.cmd',
        'savedcmd_/build/race/.module-common.o := gcc -o /build/race/.module-common.o\n',
      ],
    ]);
  });

  test.each([
    [
      'an older kernel',
      "make: *** No rule to make target '/build/lab3_some_module/.module-common.o'.  Stop.\n",
    ],
    ['no object', answer.replace('aGVsbG8=', '')],
    ['another object’s command', answer.replace('.module-common.o :=', '.other.o :=')],
    ['an end that is missing', answer.slice(0, -10)],
  ])('is nothing: %s', (_what, output) => {
    expect(readCommon(output)).toBeUndefined();
    expect(plannedFiles('race', plan).size).toBe(0);
  });
});
