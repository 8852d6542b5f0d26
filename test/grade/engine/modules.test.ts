import { describe, expect, test } from 'vitest';
import { findModules } from '../../../grade/engine/modules.ts';

const init = 'module_init(begin);\nMODULE_LICENSE("GPL");\n';
const tree = (files: Record<string, string>) =>
  new Map(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)]));

async function found(files: Record<string, string>) {
  return findModules(tree(files)).modules.map(({ id, source, problem }) => ({
    id,
    ...(source === undefined
      ? {}
      : { kbuild: Buffer.from(source.files.get('Kbuild') ?? []).toString('utf8') }),
    ...(problem === undefined ? {} : { problem: problem.name }),
  }));
}

describe('modules of a submission', () => {
  test('a single file', async () => {
    expect(await found({ 'lab.c': init })).toEqual([{ id: 'lab', kbuild: 'obj-m := lab.o\n' }]);
  });

  test('one Makefile, several modules', async () => {
    const files = { Makefile: 'obj-m += a.o b.o\n', 'a.c': init, 'b.c': init };
    expect((await found(files)).map(({ id }) => id)).toEqual(['a', 'b']);
  });

  test('no Makefile, several files that are modules', async () => {
    const files = { 'no_lock.c': init, 'spin.c': init };
    expect((await found(files)).map(({ id }) => id)).toEqual(['no_lock', 'spin']);
  });

  test('a folder each, of the same name; headers come from anywhere', async () => {
    const files = {
      'common.h': '',
      'no_lock/Makefile': 'obj-m += lab.o\n',
      'no_lock/lab.c': init,
      'spin/Makefile': 'obj-m += lab.o\n',
      'spin/lab.c': init,
    };
    const { modules } = findModules(tree(files));
    expect(modules.map(({ id }) => id)).toEqual(['no_lock/lab', 'spin/lab']);
    expect([...(modules[0]?.source?.files.keys() ?? [])].sort()).toEqual([
      'Kbuild',
      'common.h',
      'no_lock/lab.c',
    ]);
  });

  test('below src/, and where the Makefile at the top descends', async () => {
    expect(await found({ 'src/Makefile': 'obj-m := lab.o\n', 'src/lab.c': init })).toMatchObject([
      { id: 'lab' },
    ]);
    expect(
      await found({ Makefile: 'obj-m := deep/\n', 'deep/Makefile': 'obj-m := lab.o\n', 'deep/lab.c': init }),
    ).toMatchObject([{ id: 'lab' }]);
  });

  test('names that kbuild refuses are known by what the student calls them', async () => {
    const [module] = findModules(
      tree({ 'my lab/Makefile': 'obj-m := lab.o\n', 'my lab/lab.c': init, 'my lab/lab.h': '' }),
    ).modules;
    expect(module?.source?.originals.get('my_lab/lab.c')).toBe('my lab/lab.c');
    expect([...(module?.source?.files.keys() ?? [])]).toContain('my_lab/lab.c');
  });

  test('files whose names come to the same are all there, and it is said', async () => {
    const { modules } = findModules(tree({ 'lab 1.c': init, 'lab_1.c': init, 'lab?1.c': init }));
    expect(modules.map(({ id }) => id).sort()).toEqual(['lab_1', 'lab_1_2', 'lab_1_3']);
    const second = modules.find(({ id }) => id === 'lab_1_2')?.source;
    expect(second?.originals.get('lab_1_2.c')).toBe('lab 1.c');
    expect(second?.notes).toContain(
      'lab 1.c goes into the build as lab_1_2.c: kbuild refuses its name, and the one nearest to it is taken',
    );
  });

  test('folders whose names come to the same stay apart', async () => {
    const { modules } = findModules(
      tree({
        'lab 1/Makefile': 'obj-m := lab.o\n',
        'lab 1/lab.c': `${init}int a;\n`,
        'lab_1/Makefile': 'obj-m := lab.o\n',
        'lab_1/lab.c': init,
      }),
    );
    expect(modules.map(({ id, source }) => [id, [...(source?.originals.values() ?? [])]])).toEqual([
      ['lab_1/lab', []],
      ['lab_1_2/lab', ['lab 1/lab.c']],
    ]);
  });

  test('modules beyond the first twelve are named', async () => {
    const names = Array.from({ length: 15 }, (_, at) => `m${at + 10}`);
    const { modules, unread } = findModules(
      tree(Object.fromEntries(names.map((name) => [`${name}.c`, init]))),
    );
    expect(modules.map(({ id }) => id)).toEqual(names.slice(0, 12));
    expect(unread).toEqual(['There are 15 modules: the first 12 are looked at, not m22, m23, m24.']);
    expect(findModules(tree({ 'lab.c': init })).unread).toEqual([]);
  });

  test('what cannot be told is a problem with its name', async () => {
    expect(await found({ 'module.c': init })).toMatchObject([{ id: 'module', problem: 'ModuleNamedModule' }]);
    expect(await found({ Makefile: 'obj-m := lab.o\n', 'other.c': init })).toMatchObject([
      { id: 'lab', problem: 'ModuleObjectWithoutSource' },
    ]);
    const [unclear] = findModules(tree({ 'a.h': 'int a;' })).modules;
    expect(unclear?.problem?.name).toBe('NoModuleSource');
    expect(unclear?.problem?.message).toContain('the submission');
  });

  describe('more than anybody reads', () => {
    const many = (count: number, name: string, text: string) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [name.replace('#', String(at)), text]));

    test('the Makefiles nearest the top are read, and no other', () => {
      const files = {
        ...many(9000, 'far away/x/#/Makefile', 'obj-m := far.o\n'),
        ...many(62, '#/Makefile', 'KCSAN_SANITIZE := n\n'),
        'my lab/Makefile': 'obj-m := near.o\n',
        'my lab/near.c': init,
        Makefile: 'obj-m := lab.o\n',
        'lab.c': init,
      };
      const { modules, files: read, unread } = findModules(tree(files));
      expect(modules.map(({ id }) => id)).toEqual(['lab', 'near']);
      expect(read.size).toBe(66);
      expect(unread).toEqual([
        'There are too many Makefiles: the 64 nearest the top are read, not far away/x/0/Makefile and 8999 more.',
      ]);
    });

    test('the sources nearest the top are looked at', () => {
      const { modules, unread } = findModules(
        tree({ ...many(9000, 'far/#.h', ''), 'far/z.c': init, 'lab.c': init }),
      );
      expect(modules.map(({ id }) => id)).toEqual(['lab']);
      expect(unread.join()).toMatch(
        /^There are too many sources: the 2000 nearest the top are read, not far\//,
      );
    });

    test('Makefiles that are too intricate together', () => {
      const tower = Array.from({ length: 12 }, (_, at) => `A${at} = ${`$(A${at + 1})`.repeat(10)}`).join(
        '\n',
      );
      const { modules, unread } = findModules(
        tree({
          ...many(40, 'my #/Makefile', `${tower}\nobj-m := lab.o $(A0)\n`),
          Makefile: 'obj-m := lab.o\n',
          'lab.c': init,
        }),
      );
      expect(modules.map(({ id }) => id)).toEqual(['lab']);
      expect(unread).toEqual([
        'my 0/Makefile is too intricate to be read, so what is left of it and all Makefiles after it are ignored.',
      ]);
    });
  });
});
