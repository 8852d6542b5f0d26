import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { plainText, readModuleSource } from '../../../provision/builder/source.ts';

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
    ['ModuleNameInvalid', { 'лаба.c': '' }],
    ['ModuleObjectWithoutSource', { 'a.c': '', Makefile: 'obj-m := lab3.o\n' }],
    ['SourceTooLarge', { 'a.c': Buffer.alloc((1 << 20) + 1) }],
  ])('%s', async (name, files) => {
    await put(files as Record<string, string>);
    await expect(read()).rejects.toMatchObject({ name });
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
