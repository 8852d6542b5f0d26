import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ModuleSource } from '../../../provision/builder/builder.ts';
import { readBuildOutput } from '../../../provision/builder/diagnostics.ts';

// Recorded from gcc 14.2 and the kbuild of Linux 6.12; the module was called lab3, or had the parts named below.
const data = (name: string) => readFileSync(new URL(`data/output/${name}.txt`, import.meta.url), 'utf8');
const release = '6.12.117+deb13-cloud-amd64';

function source(files: Record<string, string>, originals: [string, string][] = []): ModuleSource {
  return {
    folder: 'my module',
    name: 'lab3',
    files: new Map(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)])),
    originals: new Map(originals),
    notes: [],
    sha256: '0'.repeat(64),
  };
}
const single = source({
  'lab3.c': '#include <linux/module.h>\n\ndo_exit(0);\nfoo_bar();\ndebugfs_create_dir();\n',
});
const errors = (name: string, from = single) =>
  readBuildOutput(data(name), from, release).diagnostics.filter(({ severity }) => severity === 'error');
const advice = (name: string) => readBuildOutput(data(name), single, release).advice.join('\n');

describe('places', () => {
  test('an error of the compiler', () => {
    expect(errors('implicit')).toEqual([
      {
        file: 'lab3.c',
        line: 8,
        column: 9,
        severity: 'error',
        message: "implicit declaration of function 'foo_bar'",
        flag: '-Wimplicit-function-declaration',
      },
    ]);
  });

  test('an error inside a macro of the kernel stands at the line that used the macro', () => {
    expect(errors('syntax')[0]).toMatchObject({ file: 'lab3.c', line: 9, column: 9 });
    expect(readBuildOutput(data('werror'), single, release).diagnostics[0]).toMatchObject({
      file: 'lab3.c',
      line: 9,
      severity: 'warning',
      flag: '-Wformat=',
    });
  });

  test("a warning in a part, and the student's name of a renamed file", () => {
    const parts = source({ 'lab3-main.c': '', 'src/list.c': '' }, [['lab3-main.c', 'lab3.c']]);
    const { diagnostics, text } = readBuildOutput(data('parts'), parts, release);
    expect(diagnostics.map(({ file, line, severity }) => [file, line, severity])).toEqual([
      ['src/list.c', 2, 'warning'],
      ['src/list.c', 2, 'error'],
      ['src/list.c', 2, 'warning'],
    ]);
    expect(text).not.toContain('/build/');
    expect(text.startsWith('src/list.c:2:6: warning')).toBe(true);
  });

  test("a header of the student's own", () => {
    const own = source({ 'lab3.c': '', 'list.h': '' });
    expect(errors('ownheader', own)[0]).toMatchObject({ file: 'list.h', line: 1 });
  });

  test('assembler and linker', () => {
    expect(errors('asm')).toEqual([
      { file: 'lab3.c', line: 8, severity: 'error', message: "no such instruction: `bogus %rax'" },
    ]);
    expect(errors('ld', source({ 'a.c': '', 'b.c': '' }))[0]).toMatchObject({ file: 'b.c', line: 4 });
  });

  test('assembly outside of functions has no lines, and the compiler’s own file a random name', () => {
    const from = source({ 'lab3.c': 'int x;\nasm(".text\\n"\n    ".incbin \\"/etc/ssh/key\\"\\n");\n' });
    const said = (name: string, words: string) =>
      `${name}: Assembler messages:\n${name}:8: Error: ${words}\n`;
    const read = (name: string, words: string) => readBuildOutput(said(name, words), from, release);
    const missing = 'file not found: /etc/ssh/key';
    const once = read('/tmp/ccILubXd.s', missing);
    expect(once).toEqual(read('/tmp/ccjC07OR.s', missing));
    expect(once.diagnostics).toEqual([{ file: 'lab3.c', line: 3, severity: 'error', message: missing }]);
    expect(once.text).toBe(said('temporary.s', missing).trim());
    const other = "no such instruction: `bogus %eax'";
    expect(read('/tmp/ccILubXd.s', other).diagnostics).toMatchObject([{ file: 'lab3.c', line: 2 }]);
  });

  test('modpost names no line: the first use stands in', () => {
    expect(errors('undefined')).toEqual([
      {
        file: 'lab3.c',
        line: 4,
        severity: 'error',
        message: '"foo_bar" is not defined, or not exported to modules by this kernel',
      },
    ]);
    expect(errors('gplonly')[0]).toMatchObject({ file: 'lab3.c', line: 5 });
    const { text } = readBuildOutput(data('undefined'), single, release);
    expect(text).toMatch(/\nlab3\.c:4: error: "foo_bar" is not defined/);
  });
});

test('a missing licence is told from other errors', () => {
  expect(readBuildOutput(data('nolicense'), single, release).missingLicense).toBe(true);
  expect(readBuildOutput(data('undefined'), single, release).missingLicense).toBe(false);
});

test.each([
  ['do_exit', 'kthread_complete_and_exit(NULL, 0) (since Linux 5.17)'],
  ['timespec', 'struct timespec64'],
  ['procops', 'struct proc_ops'],
  ['classcreate', 'class_create("name")'],
  ['accessok', 'access_ok(pointer, size)'],
  ['timer', 'timer_setup'],
  ['setfs', 'kernel_read()'],
  ['misc', 'strscpy()'],
  ['misc', 'get_random_u32()'],
  ['nokthread_exit', 'task->__state'],
])('a changed interface is named: %s', (name, words) => {
  expect(advice(name)).toContain(words);
});

test('no advice where nothing changed', () => {
  for (const name of ['syntax', 'retval', 'twice', 'noheader', 'parts']) expect(advice(name)).toBe('');
  expect(readBuildOutput(data('do_exit'), single, '5.10.0-8-amd64').advice).toEqual([]);
});

test('terminal escapes of the source do not reach the screen', () => {
  const { text, diagnostics } = readBuildOutput(
    '/build/lab3/lab3.c:1:2: error: \x1b[31mred\x1b[0m \x07\r\n',
    single,
    release,
  );
  expect(text).toBe('lab3.c:1:2: error: red ');
  expect(diagnostics[0]?.message).toBe('red ');
});

test('any output is read, and quickly', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.constantFrom(
          '/build/lab3/lab3.c:',
          '12:',
          ' error: ',
          '\n',
          ' | ',
          'In file included from ',
          "'",
          '[-W',
        ),
      ),
      (parts) => {
        const { diagnostics } = readBuildOutput(parts.join(''), single, release);
        for (const { line } of diagnostics) expect(line).toBeGreaterThan(0);
      },
    ),
  );
});

describe('a source that the compiler cannot bear', () => {
  test.each([
    ['gcc: internal compiler error: Segmentation fault signal terminated program cc1', 1],
    ['gcc-14: internal compiler error: Segmentation fault signal terminated program cc1', 1],
    ['/build/lab3/lab3.c:3:5: internal compiler error: in foo, at bar.cc:1', 3],
  ])('%s is an error of the source', (line, at) => {
    const { diagnostics } = readBuildOutput(`${line}\nPlease submit a full bug report.\n`, single, release);
    expect(diagnostics).toMatchObject([{ file: 'lab3.c', line: at, severity: 'error' }]);
  });

  test('is not what takes too much memory', () => {
    const killed = 'gcc: fatal error: Killed signal terminated program cc1\n';
    expect(readBuildOutput(killed, single, release).outOfMemory).toBe(true);
  });
});

test('what a source has the assembler print is read in little time', { timeout: 30_000 }, () => {
  const large = source({ 'lab3.c': 'int x;\n'.repeat(150_000) });
  const lines = (line: string, count: number) => `${line}\n`.repeat(count);
  const read = (text: string) => readBuildOutput(text, large, release);
  expect(read(lines('ERROR: modpost: "zzq" [lab.ko] undefined!', 12_000)).diagnostics).toHaveLength(1);
  for (const line of [
    `/tmp/ccabcdef.s:1: Error: ${'a'.repeat(500_000)} `,
    `/build/lab3/lab3.c:1:1: warning: x${' [-W'.repeat(120_000)}`,
    `/build/lab3/lab3.c:1:1: error: ${'a '.repeat(250_000)}`,
  ])
    expect(read(line).diagnostics).toHaveLength(1);
});
