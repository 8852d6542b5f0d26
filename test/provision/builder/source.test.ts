import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { freeNames } from '../../../provision/builder/plain-names.ts';
import { plainText, readModuleSource, surveyOf } from '../../../provision/builder/source.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lab3 исходник '));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function put(files: Record<string, string | Uint8Array>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), content);
  }
}
const read = async (wanted?: string) => {
  const source = await readModuleSource(folder, wanted);
  const kbuild = Buffer.from(source.files.get('Kbuild') ?? '').toString();
  return { ...source, kbuild, names: [...source.files.keys()] };
};

describe('which module', () => {
  test('one .c file without a Makefile', async () => {
    await put({ 'lab3.c': 'int x;\n' });
    const source = await read();
    expect(source).toMatchObject({ name: 'lab3', kbuild: 'obj-m := lab3.o\n', names: ['lab3.c', 'Kbuild'] });
  });

  test('the copy in a report of lab3 that lies in the folder is no source', async () => {
    await put({
      'lab3.c': 'int x;\n',
      'lab3-report/.lab3-report.json': '{}',
      'lab3-report/module/lab3.c': 'int old;\n',
      'lab3-report/module/Kbuild': 'obj-m := lab3.o\n',
    });
    expect((await read()).names).toEqual(['lab3.c', 'Kbuild']);
    // Unless it is what was asked for.
    const copy = await readModuleSource(path.join(folder, 'lab3-report', 'module'));
    expect(Buffer.from(copy.files.get('lab3.c') ?? '').toString()).toBe('int old;\n');
  });

  test('obj-m of a usual Makefile, whose commands are not taken along', async () => {
    await put({
      'lab3.c': '',
      'lab3.h': '',
      Makefile:
        'ifneq ($(KERNELRELEASE),)\nobj-m := lab3.o\nelse\nKDIR ?= /lib/modules/$(shell uname -r)/build\n' +
        'default:\n\t$(MAKE) -C $(KDIR) M=$(PWD) modules\n\trm -rf /\nendif\n',
    });
    const source = await read();
    expect(source.names).toEqual(['lab3.c', 'lab3.h', 'Kbuild']);
    expect(source.kbuild).toBe('obj-m := lab3.o\n');
  });

  test('several objects, continued lines, variables', async () => {
    await put({
      'main.c': '',
      'src/list.c': '',
      Makefile:
        'NAME = lab3\nOBJS := main.o \\\n  src/list.o # the list\nobj-m += $(NAME).o\n$(NAME)-objs := $(OBJS)\n',
    });
    expect((await read()).kbuild).toBe('obj-m := lab3.o\nlab3-y := main.o src/list.o\n');
  });

  test('wildcard and patsubst', async () => {
    await put({
      'src/a.c': '',
      'src/b.c': '',
      Makefile:
        'SRCS := $(wildcard src/*.c)\nobj-m := lab3.o\nlab3-y := $(patsubst %.c,%.o,$(SRCS)) $(NONE:.c=.o)\n',
    });
    expect((await read()).kbuild).toBe('obj-m := lab3.o\nlab3-y := src/a.o src/b.o\n');
  });

  test('obj-m with a path keeps the place of the source and gives the module its base name', async () => {
    await put({ 'src/lab3.c': '', Makefile: 'obj-m := src/lab3.o\n' });
    expect(await read()).toMatchObject({ name: 'lab3', kbuild: 'obj-m := lab3.o\nlab3-y := src/lab3.o\n' });
  });

  test('sources and Makefile in src/', async () => {
    await put({
      'README.md': '',
      'src/lab3.c': '',
      'src/Kbuild': 'obj-m := lab3.o\nccflags-y := -I$(src)/inc\n',
    });
    expect((await read()).kbuild).toBe(
      'obj-m := lab3.o\nlab3-y := src/lab3.o\nccflags-y := -I$(src)/src/inc\n',
    );
  });

  test('a Makefile that descends', async () => {
    await put({ 'code/x.c': '', 'code/Makefile': 'obj-m := x.o\n', Makefile: 'obj-m := code/\n' });
    expect((await read()).kbuild).toBe('obj-m := x.o\nx-y := code/x.o\n');
  });

  test('a wrong path in obj-m is looked up and noted', async () => {
    await put({ 'src/lab3.c': '', Makefile: 'obj-m := lab3.o\n' });
    const source = await read();
    expect(source.kbuild).toBe('obj-m := lab3.o\nlab3-y := src/lab3.o\n');
    expect(source.notes).toEqual([expect.stringContaining('src/lab3.c')]);
  });

  test('a part with the name of its module is built under another name and known by its own', async () => {
    await put({ 'lab3.c': '', 'list.c': '', Makefile: 'obj-m := lab3.o\nlab3-objs := lab3.o list.o\n' });
    const source = await read();
    expect(source.kbuild).toBe('obj-m := lab3.o\nlab3-y := lab3-main.o list.o\n');
    expect(source.originals.get('lab3-main.c')).toBe('lab3.c');
    expect(source.names).toContain('lab3-main.c');
  });

  test('several modules: one is asked for by name', async () => {
    await put({ 'a.c': '', 'b.c': '', Makefile: 'obj-m += a.o\nobj-m += b.o\n' });
    await expect(read()).rejects.toMatchObject({ name: 'SeveralModules', fault: 'usage' });
    expect((await read('b')).kbuild).toBe('obj-m := b.o\n');
    await expect(read('c')).rejects.toThrow(/makes no module c; it makes a, b/);
  });

  test.each([
    ['NoModuleSource', { 'README.md': '' }],
    ['SeveralSources', { 'a.c': '', 'b.c': '' }],
    ['ModuleNamedModule', { 'module.c': '' }],
    ['ModuleNamedModule', { 'main.c': '', Makefile: 'obj-m := module.o\nmodule-objs := main.o\n' }],
    ['ModuleNameInvalid', { 'лаба.c': '', Makefile: 'obj-m := лаба.o\n' }],
    ['ModuleObjectWithoutSource', { 'a.c': '', Makefile: 'obj-m := lab3.o\n' }],
    ['SourceTooLarge', { 'a.c': Buffer.alloc((1 << 20) + 1) }],
  ])('%s', async (name, files) => {
    await put(files as Record<string, string>);
    await expect(read()).rejects.toMatchObject({ name });
  });

  test.each<[Record<string, string>, string]>([
    [{ 'lab 3 final (1).c': 'int x;\n', 'x.h': '' }, 'lab_3_final_1'],
    [{ 'лаба.c': '' }, 'lab'],
    [{ 'my lab/lab3.c': '', 'my lab/a b.h': '' }, 'lab3'],
  ])('names that kbuild refuses, where there are no others: %j', async (content, name) => {
    await put(content);
    const [given] = Object.keys(content);
    const source = await read();
    expect(source.name).toBe(name);
    const built = [...source.originals].find(([, original]) => original === given)?.[0] ?? '';
    expect(source.kbuild).toContain(built.replace('.c', '.o'));
    expect(source.notes).toContain(`${given} cannot be built under this name; built here as ${built}`);
  });

  test('beside one that can be built they are left out, and said', async () => {
    await put({ 'lab3.c': '', 'lab3 (1).c': '', 'a b.h': '' });
    const source = await read();
    expect(source.names).toEqual(['lab3.c', 'Kbuild']);
    expect(source.notes).toEqual([
      'a b.h is left out: kbuild refuses such names',
      'lab3 (1).c is left out: kbuild refuses such names',
    ]);
  });

  test.each([
    ['obj-m := lab3.o\n', 'Rename “lab3 (1).c” to lab3.c, and write `obj-m := lab3.o` in Makefile'],
    ['obj-m := lab3 (1).o\n', 'Rename “lab3 (1).c” to lab3.c, and write `obj-m := lab3.o` in Makefile'],
  ])('a Makefile with %j that means such a file: what to rename', async (makefile, hint) => {
    await put({ 'lab3 (1).c': '', Makefile: makefile });
    const error = await read().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      name: 'ModuleObjectWithoutSource',
      message: expect.stringContaining('The .c files are: lab3 (1).c.'),
      hint: expect.stringContaining(hint),
    });
  });

  test('no such folder', async () => {
    await expect(readModuleSource(path.join(folder, 'none'))).rejects.toMatchObject({
      name: 'NoModuleSource',
    });
  });
});

describe('what goes in', () => {
  test('a folder beside the module that is a module of its own stays out', async () => {
    await put({
      Kbuild: 'obj-m := lab3.o\n',
      'lab3.c': 'int x;\n',
      'skeleton/Kbuild': 'obj-m := lab3.o\n',
      'skeleton/lab3.c': 'int y;\n',
      'inc/x.h': '\n',
    });
    expect((await read()).names).toEqual(expect.not.arrayContaining(['skeleton/lab3.c']));
    expect((await read()).names).toEqual(expect.arrayContaining(['lab3.c', 'inc/x.h']));
  });

  test('generated files, hidden folders and links stay out', async () => {
    await put({ 'lab3.c': '', 'lab3.mod.c': '', '.git/x.c': '', 'notes.txt': '', 'lab3.ko': '' });
    await symlink('/etc/passwd', path.join(folder, 'secret.h'));
    const source = await read();
    expect(source.names).toEqual(['lab3.c', 'Kbuild']);
    expect(source.notes).toEqual(['secret.h is left out: it is no regular file']);
  });

  test('CRLF in sources and Makefile; the hash does not see it', async () => {
    await put({ 'lab3.c': 'int a;\nint b;\n', Makefile: 'obj-m := lab3.o\n' });
    const { sha256 } = await read();
    await put({ 'lab3.c': 'int a;\r\nint b;\r\n', Makefile: 'obj-m := \\\r\n lab3.o\r\n' });
    expect((await read()).sha256).toBe(sha256);
    await put({ 'lab3.c': 'int a;\nint c;\n' });
    expect((await read()).sha256).not.toBe(sha256);
  });

  test('byte order marks and UTF-16', () => {
    const text = 'int я;\n';
    for (const bytes of [
      Buffer.from(`\ufeff${text}`),
      Buffer.from(`\ufeff${text.replace('\n', '\r\n')}`, 'utf16le'),
      Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
    ]) {
      expect(Buffer.from(plainText(bytes)).toString()).toBe(text);
    }
    expect(Buffer.from(plainText(Buffer.from(`${text}int a;`, 'utf16le'))).toString()).toBe(`${text}int a;`);
    const cp1251 = Buffer.from([0x2f, 0x2f, 0xff, 0x0d, 0x0a]);
    expect([...plainText(cp1251)]).toEqual([0x2f, 0x2f, 0xff, 0x0a]);
  });

  test('only harmless compiler flags are kept', async () => {
    await put({
      'lab3.c': '',
      Makefile:
        'obj-m := lab3.o\nEXTRA_CFLAGS := -DDEBUG -std=gnu99 -fplugin=evil.so -I/usr/include -I$(PWD)/inc -Wl,-x\n' +
        'CFLAGS_lab3.o := -DN=4 @file\n',
    });
    const source = await read();
    expect(source.kbuild).toBe(
      'obj-m := lab3.o\nccflags-y := -DDEBUG -std=gnu99 -I$(src)/inc\nCFLAGS_lab3.o := -DN=4\n',
    );
    expect(source.notes.join()).toContain('-fplugin=evil.so -I/usr/include -Wl,-x');
  });
});

describe('files in memory', () => {
  const init = 'module_init(start);\n';
  const files = (content: Record<string, string | Uint8Array>) =>
    new Map(Object.entries(content).map(([name, text]) => [name, Buffer.from(text)]));
  const kbuildOf = (content: Record<string, string>, wanted?: string) =>
    Buffer.from(surveyOf('here', files(content)).sourceOf(wanted).files.get('Kbuild') ?? '').toString();

  test.each<[string, Record<string, string | Uint8Array>]>([
    ['a file alone', { 'lab3.c': 'int x;\n' }],
    ['CRLF and a Makefile', { 'lab3.c': 'int x;\r\n', Makefile: 'obj-m := lab3.o\r\n' }],
    ['src/', { 'src/lab3.c': '', 'src/Kbuild': 'obj-m := lab3.o\nccflags-y := -I$(src)/inc\n' }],
    ['a wrong path', { 'src/lab3.c': '', Makefile: 'obj-m := lab3.o\n' }],
    [
      'one that descends',
      { 'code/x.c': '', 'code/Makefile': 'obj-m := x.o\n', Makefile: 'obj-m := code/\n' },
    ],
    [
      'another module beside',
      { Kbuild: 'obj-m := a.o\n', 'a.c': '', 'b/Kbuild': 'obj-m := a.o\n', 'b/a.c': 'x' },
    ],
    [
      'what stays out',
      { 'lab3.c': '', 'lab3.mod.c': '', '.git/x.c': '', 'node_modules/y.c': '', 'a b.c': '' },
    ],
    [
      'a part with the name of its module',
      { 'x.c': '', 'y.c': '', Makefile: 'obj-m := x.o\nx-objs := x.o y.o\n' },
    ],
  ])('%s makes what the same folder on disk makes', async (_, content) => {
    await put(content);
    expect(surveyOf(folder, files(content)).sourceOf()).toEqual(await readModuleSource(folder));
  });

  test.each<[string, Record<string, string | Uint8Array>]>([
    ['NoModuleSource', { 'README.md': '' }],
    ['SeveralSources', { 'a.c': '', 'b.c': '' }],
    ['SeveralModules', { 'a.c': '', 'b.c': '', Makefile: 'obj-m += a.o b.o\n' }],
    ['ModuleNamedModule', { 'module.c': '' }],
    ['ModuleObjectWithoutSource', { 'a.c': '', Makefile: 'obj-m := lab3.o\n' }],
    ['SourceTooLarge', { 'a.c': Buffer.alloc((1 << 20) + 1) }],
  ])('%s as on disk', async (name, content) => {
    await put(content);
    await expect(readModuleSource(folder)).rejects.toMatchObject({ name });
    expect(() => surveyOf(folder, files(content)).sourceOf()).toThrow(expect.objectContaining({ name }));
  });

  test.each<[Record<string, string>, string[]]>([
    [{}, []],
    [{ 'README.md': '' }, []],
    [{ 'lab3.c': '' }, ['lab3']],
    [{ 'a.c': '', 'b.c': '', Makefile: 'obj-m += a.o\nobj-m += b.o\n' }, ['a', 'b']],
    [{ 'a.c': init, 'b.c': init, 'list.c': '' }, ['a', 'b']],
    [{ 'a.c': '', 'b.c': '' }, ['a', 'b']],
    [{ 'none/a.c': init, 'own/b.c': init }, ['a', 'b']],
    [{ 'none/lab3.c': init, 'own/lab3.c': init }, ['none/lab3', 'own/lab3']],
    [
      {
        'x/a.c': '',
        'x/Makefile': 'obj-m := a.o\n',
        'y/b.c': '',
        'y/Makefile': 'obj-m := b.o\n',
        'z.c': init,
      },
      ['a', 'b'],
    ],
    [{ Makefile: 'obj-m := code/\n', 'code/x.c': '', 'code/Makefile': 'obj-m := x.o\n' }, ['x']],
    [{ Makefile: 'all:\n\tmake -C src\n', 'src/x.c': '', 'src/Kbuild': 'obj-m := x.o\n' }, ['x']],
  ])('modules in %j', (content, names) => {
    expect(surveyOf('here', files(content)).modules).toEqual(names);
  });

  test('a module of a folder of its own is built from there, with what the folders share', () => {
    const content = {
      'common/list.c': '',
      'list.h': '',
      'none/lab3.c': '',
      'none/Makefile': 'obj-m := lab3.o\n',
      'own/lab3.c': '',
      'own/Makefile': 'obj-m := lab3.o\nlab3-objs := lab3.o ../common/list.o\n',
    };
    const { files: own, notes } = surveyOf('here', files(content)).sourceOf('own/lab3');
    expect([...own.keys()]).toEqual(['common/list.c', 'list.h', 'own/lab3.c', 'Kbuild']);
    expect(kbuildOf(content, 'own/lab3')).toBe('obj-m := lab3.o\nlab3-y := own/lab3.o common/list.o\n');
    expect(notes).toEqual([]);
    expect(kbuildOf(content, 'none/lab3')).toBe('obj-m := lab3.o\nlab3-y := none/lab3.o\n');
  });

  test('a .c file among several without a Makefile', () => {
    const content = { 'none/lab3.c': init, 'own/lab3.c': init };
    expect(kbuildOf(content, 'own/lab3')).toBe('obj-m := lab3.o\nlab3-y := own/lab3.o\n');
    expect(kbuildOf({ 'a.c': init, 'b.c': init }, 'b')).toBe('obj-m := b.o\n');
  });

  test.each<[Record<string, string>, string, string]>([
    [{ 'lab 3 final (1).c': '' }, 'lab_3_final_1', 'lab_3_final_1.c'],
    [{ 'лаба.c': '' }, 'lab', 'lab.c'],
    [{ 'Лаба 3/lab3.c': '', 'Лаба 3/Makefile': 'obj-m := lab3.o\n', 'README.md': '' }, 'lab3', '3/lab3.c'],
    [{ 'résumé.c': '' }, 'resume', 'resume.c'],
  ])('names that kbuild refuses, where there are no others: %j', (content, name, built) => {
    expect(surveyOf('here', files(content)).modules).toEqual([name]);
    const [given = ''] = Object.keys(content);
    for (const wanted of [undefined, name]) {
      const source = surveyOf('here', files(content)).sourceOf(wanted);
      expect(source.name).toBe(name);
      expect([...source.files.keys()]).toEqual([built, 'Kbuild']);
      expect(source.originals.get(built)).toBe(given);
      expect(source.notes).toEqual([`${given} cannot be built under this name; built here as ${built}`]);
    }
  });

  describe('of a submission with more than anybody reads', () => {
    const many = (count: number, name: string, text = '') =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [name.replace('#', String(at)), text]));

    test('all Makefiles share one allowance, and where it ends is said', () => {
      const tower = Array.from({ length: 12 }, (_, at) => `A${at} = ${`$(A${at + 1})`.repeat(10)}`).join(
        '\n',
      );
      const content = files({
        ...many(40, 'x#/Makefile', `${tower}\nobj-m := lab.o $(A0)\n`),
        Makefile: 'obj-m := lab3.o\n',
        'lab3.c': '',
      });
      const { modules, intricate, sourceOf } = surveyOf('here', content);
      expect(modules).toEqual(['lab3']);
      expect(intricate).toBe('x0/Makefile');
      expect(sourceOf('lab3').notes).toEqual([]);
    });

    test('each Makefile is read once more for all of its modules together', () => {
      const content = files({
        Makefile: `obj-m := ${Array.from({ length: 12 }, (_, at) => `m${at}.o`).join(' ')}\n`,
        ...many(12, 'm#.c'),
      });
      const reads = vi.spyOn(content.get('Makefile') ?? Buffer.alloc(0), 'subarray');
      const { modules, sourceOf } = surveyOf('here', content);
      expect(modules.map((name) => sourceOf(name).name)).toEqual(modules);
      expect(reads.mock.calls.length).toBeLessThan(10);
    });
  });

  test('thousands of names that come to the same plain name are told apart in as many steps', () => {
    let asked = 0;
    const freeName = freeNames((name) => {
      asked += 1;
      return taken.has(name);
    });
    const taken = new Set<string>();
    for (let at = 0; at < 5000; at += 1) taken.add(freeName('lab.c'));
    expect(taken.size).toBe(5000);
    expect(asked).toBeLessThan(10_100);
  });

  test('two that come to the same plain name stay two', () => {
    const content = files({ 'лаба.c': init, 'код.c': init });
    expect(surveyOf('here', content).modules).toEqual(['lab', 'lab_2']);
    expect(surveyOf('here', content).sourceOf('lab_2').originals.get('lab_2.c')).toBe('лаба.c');
  });

  test('every module that is listed can be asked for', () => {
    const name = fc.constantFrom('a.c', 'b.c', 'x/a.c', 'x/b.c', 'y/a.c', 'src/a.c', 'x/y/b.c', 'a.h');
    const makefile = fc.constantFrom('Makefile', 'x/Makefile', 'y/Kbuild', 'src/Makefile', 'x/y/Kbuild');
    const words = fc.constantFrom(
      'obj-m := a.o\n',
      'obj-m := a.o b.o\n',
      'obj-m := b.o\n',
      'all:\n',
      'obj-m := x/\n',
    );
    const folders = fc.tuple(fc.dictionary(name, fc.constantFrom('', init)), fc.dictionary(makefile, words));
    fc.assert(
      fc.property(folders, ([sources, makes]) => {
        const content = files({ ...sources, ...makes });
        const listed = surveyOf('here', content).modules;
        expect(new Set(listed).size).toBe(listed.length);
        for (const wanted of listed) {
          try {
            expect(surveyOf('here', content).sourceOf(wanted).name).toBe(path.posix.basename(wanted));
          } catch (error) {
            // A Makefile may name what is not there; it is never taken for several modules.
            expect(['ModuleObjectWithoutSource', 'NoModuleSource']).toContain((error as Error).name);
          }
        }
      }),
    );
  });
});
