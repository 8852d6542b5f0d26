/** The sandbox is for people without rights: tried as the user `nobody`, with nothing but a home of their own. */
import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { findProgram } from '../../provision/host/programs.ts';
import { requirePart } from '../require.ts';
import { realContext, trixieKernel } from './real-context.ts';

const run = promisify(execFile);
const context = realContext();
const setpriv = await findProgram(context, 'setpriv');
// Any other user is without rights already, and the contract suite asks the same there.
const root = process.platform !== 'linux' || process.getuid?.() !== 0 ? undefined : setpriv;
const nobody = 65534;

const script = (kernel: object) => `
import { readModuleSource } from './provision/builder/source.ts';
import { sandboxBuilder } from './provision/builder/sandbox/sandbox.ts';
const [folder, cacheDir] = process.argv.slice(2);
const context = {
  platform: process.platform, hostArch: '${context.hostArch}', env: process.env, cacheDir,
  emit: () => {}, signal: new AbortController().signal,
};
const builder = sandboxBuilder(context);
const available = await builder.available();
const { record } = await builder.build(await readModuleSource(folder), ${JSON.stringify(kernel)});
console.log(JSON.stringify({ uid: process.getuid(), available, record }));
`;

describe.skipIf(process.platform !== 'linux' || process.getuid?.() !== 0)('builder sandbox', () => {
  test.skipIf(
    !requirePart('setpriv', root !== undefined || process.getuid?.() !== 0, 'it is not on the PATH'),
  )('works for an unprivileged user', async () => {
    const kernel = await trixieKernel(context);
    const top = fileURLToPath(new URL('../..', import.meta.url));
    const home = await mkdtemp(path.join(tmpdir(), 'lab3-user-'));
    const program = path.join(top, 'build', `sandbox-user-${process.pid}.mjs`);
    try {
      await build({
        stdin: { contents: script(kernel), resolveDir: top, loader: 'ts' },
        ...{ outfile: program, bundle: true, packages: 'external', format: 'esm', platform: 'node' },
      });
      const [folder, cache] = [path.join(home, 'module'), path.join(home, 'cache')];
      for (const one of [home, folder, cache]) {
        await mkdir(one, { recursive: true });
        await chown(one, nobody, nobody);
        await chmod(one, 0o700);
      }
      await writeFile(path.join(folder, 'lab3.c'), '#include <linux/module.h>\nMODULE_LICENSE("GPL");\n');
      const { stdout } = await run(
        root ?? '',
        [
          '--reuid',
          `${nobody}`,
          '--regid',
          `${nobody}`,
          '--clear-groups',
          process.execPath,
          program,
          folder,
          cache,
        ],
        { cwd: home, env: { PATH: process.env.PATH, HOME: home, LAB3_MIRROR: process.env.LAB3_MIRROR } },
      );
      expect(JSON.parse(stdout)).toMatchObject({
        uid: nobody,
        available: { ok: true },
        record: { builder: 'sandbox', kernelRelease: kernel.release },
      });
    } finally {
      await rm(home, { recursive: true, force: true });
      await rm(program, { force: true });
    }
  });
});
