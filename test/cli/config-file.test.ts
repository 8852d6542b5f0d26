import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findConfig } from '../../cli/config-file.ts';
import { defaultConfig } from '../../lab/config.ts';
import { temporaryFolder } from '../provision/context.ts';

const lab = async (text: string) => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'my module', 'src'), { recursive: true });
  await writeFile(join(folder, 'lab3.yaml'), text);
  return folder;
};

describe('the configuration', () => {
  it('is that of the lab whose module the working folder is, with its paths as they are from here', async () => {
    const folder = await lab(
      'n_threads: 3\nbox: my.box\nmodule:\n  dir: my module\nreport:\n  student: Anna\n',
    );
    await writeFile(join(folder, 'my.box'), '');
    expect(await findConfig(join(folder, 'my module'))).toMatchObject({
      nThreads: 3,
      box: '../my.box',
      module: { dir: '.' },
      report: { student: 'Anna', out: '../lab3-report' },
    });
    expect(await findConfig(join(folder, 'my module', 'src'))).toMatchObject({
      module: { dir: '..' },
      report: { out: '../../lab3-report' },
    });
  });

  it('is of its own where lab3.yaml above means another module, or none', async () => {
    for (const text of ['module:\n  dir: other\n', 'n_threads: 3\n']) {
      const folder = await lab(text);
      expect(await findConfig(join(folder, 'my module'))).toEqual(defaultConfig());
    }
  });

  it('is of its own in a folder below that is another module, and found through a link', async () => {
    const folder = await lab('n_threads: 3\nmodule:\n  dir: link\n');
    await symlink(join(folder, 'my module'), join(folder, 'link'), 'junction');
    expect(await findConfig(join(folder, 'my module'))).toMatchObject({ nThreads: 3 });
    await writeFile(join(folder, 'my module', 'src', 'Makefile'), 'obj-m := b.o\n');
    expect(await findConfig(join(folder, 'my module', 'src'))).toEqual(defaultConfig());
  });

  it('of the working folder goes before that above', async () => {
    const folder = await lab('n_threads: 3\nmodule:\n  dir: my module\n');
    await writeFile(join(folder, 'my module', 'lab3.yaml'), 'n_threads: 4\n');
    const found = await findConfig(join(folder, 'my module'));
    expect(found).toMatchObject({ nThreads: 4, report: {} });
    expect(found.module.dir).toBeUndefined();
  });

  it('names the file above that is wrong', async () => {
    const folder = await lab('n_threads: many\n');
    await expect(findConfig(join(folder, 'my module'))).rejects.toMatchObject({
      name: 'ConfigInvalid',
      message: expect.stringContaining('../lab3.yaml'),
    });
  });

  it('leaves the name of a box as it is', async () => {
    const folder = await lab('box: debian/trixie64\nmodule:\n  dir: my module\n');
    expect((await findConfig(join(folder, 'my module'))).box).toBe('debian/trixie64');
  });
});
