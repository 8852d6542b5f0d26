import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { surveyOf } from '../../../provision/builder/source.ts';
import { compileCommands, writeCompileCommands } from '../../../provision/editor/compile-commands.ts';
import { headerPlace } from '../../../provision/editor/headers.ts';
import { temporaryFolder } from '../context.ts';

const files = (texts: Record<string, string>) =>
  new Map(Object.entries(texts).map(([name, text]) => [name, Buffer.from(text)]));
const target = { arch: 'amd64', suite: 'trixie' } as const;

describe('compile_commands.json', () => {
  it('has every source under the name that the person gave it, with the flags of the Makefile', () => {
    const source = surveyOf(
      '/home/me/my module',
      files({
        Makefile: 'obj-m := ab.o\nab-y := ab.o src/list.o\nccflags-y := -DDEBUG -I$(src)/include -O3\n',
        'ab.c': '',
        'src/list.c': '',
        'include/list.h': '',
      }),
    ).sourceOf();
    const commands = compileCommands(source, target, '/cache/headers', path.posix);
    expect(commands.map(({ file }) => file).sort()).toEqual([
      '/home/me/my module/ab.c',
      '/home/me/my module/src/list.c',
    ]);
    const own = commands.find(({ file }) => file.endsWith('ab.c'));
    expect(own).toMatchObject({ directory: '/home/me/my module', output: '.lab3/ab-main.o' });
    expect(own?.arguments).toEqual(
      expect.arrayContaining([
        'clang',
        '-I/cache/headers/arch/x86/include/generated',
        '-DDEBUG',
        '-I/home/me/my module/include',
        '-DKBUILD_BASENAME="ab_main"',
        '-DKBUILD_MODNAME="ab"',
      ]),
    );
  });

  it('has paths as Windows writes them', () => {
    const source = surveyOf(
      'C:\\Users\\me\\lab',
      files({ 'src/ab.c': '', Kbuild: 'obj-m := src/ab.o\n' }),
    ).sourceOf();
    const [command] = compileCommands(source, target, 'D:\\cache\\headers', path.win32);
    expect(command?.file).toBe('C:\\Users\\me\\lab\\src\\ab.c');
    expect(command?.arguments).toContain('-ID:\\cache\\headers\\include\\uapi');
    expect(command?.arguments).toContain('--target=x86_64-linux-gnu');
  });

  it('is written again over our own and never over another one', async () => {
    const folder = await temporaryFolder();
    const file = path.join(folder, 'compile_commands.json');
    const command = { directory: folder, file: 'a.c', arguments: ['clang', 'a.c'], output: '.lab3/a.o' };
    expect(await writeCompileCommands(folder, [command])).toBe(true);
    expect(await writeCompileCommands(folder, [{ ...command, file: 'b.c' }])).toBe(true);
    expect(await readFile(file, 'utf8')).toContain('b.c');
    for (const theirs of ['[{"directory":"/","file":"a.c","command":"cc a.c"}]', 'no JSON', '{}', '[null]']) {
      await writeFile(file, theirs);
      expect(await writeCompileCommands(folder, [command])).toBe(false);
      expect(await readFile(file, 'utf8')).toBe(theirs);
    }
  });
});

describe('a header of a package', () => {
  const common = 'usr/src/linux-headers-6.12.1+deb13-common';
  it.each([
    [`${common}/include/linux/list.h`, 'include/linux/list.h'],
    [`${common}/arch/x86/include/asm/page.h`, 'arch/x86/include/asm/page.h'],
    [
      'usr/src/linux-headers-6.12.1+deb13-cloud-amd64/include/generated/autoconf.h',
      'include/generated/autoconf.h',
    ],
    [`${common}/arch/arm64/include/asm/page.h`, undefined],
    [`${common}/include/dt-bindings/clock/a.h`, undefined],
    [`${common}/scripts/Makefile.build`, undefined],
    // Devices of Windows.
    [`${common}/include/soc/arc/aux.h`, undefined],
    [`${common}/include/linux/auxvec.h`, 'include/linux/auxvec.h'],
    [`${common}/include/con/a.h`, undefined],
    ['usr/share/doc/include/a.h', undefined],
  ])('%s', (entry, place) => {
    expect(headerPlace(entry, 'amd64')).toBe(place);
  });
});
