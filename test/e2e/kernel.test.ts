import { open, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasMachine } from './machine.ts';
import { lab3, scratch } from './tool.ts';

const release = expect.stringMatching(/^\d+\.\d+\.\d+-lab3-checked-(amd64|arm64)$/);

describe('lab3 kernel', () => {
  it.skipIf(!hasMachine)(
    'builds, exports, takes in where the sum is the published one, and lists',
    async () => {
      await using folder = await scratch();
      const cwd = folder.path;
      // From the shared cache, where an integration test has built it; else this takes minutes.
      const built = await lab3(['kernel', 'build', '--json'], { cwd, deadlineMs: 1_700_000 });
      expect(built).toMatchObject({ code: 0 });
      expect(JSON.parse(built.stdout)).toMatchObject({
        kernel: { kind: 'checked', release, suite: 'trixie' },
      });

      const exported = await lab3(['kernel', 'export', 'kernel.tar', '--json'], { cwd });
      const { file, size, sha256 } = JSON.parse(exported.stdout);
      expect((await stat(file)).size).toBe(size);
      expect(size).toBeLessThanOrEqual(40 * 2 ** 20);

      const own = { cwd, env: { LAB3_CACHE: join(cwd, 'cache') } };
      const wrong = await lab3(['kernel', 'import', 'kernel.tar', '--sha256', '0'.repeat(64)], own);
      expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('KernelFileChanged') });
      const taken = await lab3(['kernel', 'import', 'kernel.tar', '--sha256', sha256], own);
      expect(taken).toMatchObject({ code: 0, stdout: expect.stringContaining('Took in the checked kernel') });
      const listed = await lab3(['kernel', 'list', '--json'], own);
      expect(JSON.parse(listed.stdout)).toMatchObject({
        kernels: [{ kind: 'checked', release, current: true }],
      });

      const handle = await open(file, 'r+');
      // The byte that stands there, turned over: a fixed one may be what stands there already.
      const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 100_000);
      await handle.write(Buffer.of(~buffer.readUInt8(0) & 0xff), 0, 1, size - 100_000);
      await handle.close();
      const other = join(cwd, 'other');
      const changed = await lab3(['kernel', 'import', 'kernel.tar'], { cwd, env: { LAB3_CACHE: other } });
      expect(changed).toMatchObject({ code: 2, stderr: expect.stringContaining('headers.deb was changed') });
      expect(await readdir(join(other, 'checked-kernels')).catch(() => [])).toEqual([]);
    },
    1_800_000,
  );

  it.each([
    [['kernel'], 'It takes one of build, list, export, import'],
    [['kernel', 'exprot'], 'did you mean export?'],
    [['kernel', 'import'], 'import takes the path of a file'],
    [['kernel', 'import', 'no.tar'], 'there is no such file'],
    [['kernel', 'import', 'text.tar'], 'is no tar archive, or is cut short'],
    [['kernel', 'import', 'text.tar', '--sha256', 'abc'], '--sha256 is abc; allowed: 64 hexadecimal digits'],
    [['kernel', 'build', '--kind', 'chekced'], 'did you mean checked?'],
  ])('%j ends with 2 and the right word', async (args, message) => {
    await using folder = await scratch();
    await writeFile(join(folder.path, 'text.tar'), 'no archive\n'.repeat(100));
    const { code, stderr } = await lab3(args, {
      cwd: folder.path,
      env: { LAB3_CACHE: join(folder.path, 'c') },
    });
    expect(stderr.replace(/\s+/g, ' ')).toContain(message);
    expect(code).toBe(2);
  });
});
