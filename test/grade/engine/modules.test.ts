import { describe, expect, test } from 'vitest';
import { findModules } from '../../../grade/engine/modules.ts';

const init = 'module_init(begin);\nMODULE_LICENSE("GPL");\n';
const tree = (files: Record<string, string>) =>
  new Map(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)]));

async function found(files: Record<string, string>) {
  return findModules(tree(files)).map(({ id, source, problem }) => ({
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
    const modules = findModules(tree(files));
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
    );
    expect(module?.source?.originals.get('my_lab/lab.c')).toBe('my lab/lab.c');
    expect([...(module?.source?.files.keys() ?? [])]).toContain('my_lab/lab.c');
  });

  test('what cannot be told is a problem with its name', async () => {
    expect(await found({ 'module.c': init })).toMatchObject([{ id: 'module', problem: 'ModuleNamedModule' }]);
    expect(await found({ Makefile: 'obj-m := lab.o\n', 'other.c': init })).toMatchObject([
      { id: 'lab', problem: 'ModuleObjectWithoutSource' },
    ]);
    const [unclear] = findModules(tree({ 'a.h': 'int a;' }));
    expect(unclear?.problem?.name).toBe('NoModuleSource');
    expect(unclear?.problem?.message).toContain('the submission');
  });
});
