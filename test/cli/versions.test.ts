import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { versionsText } from '../../cli/ui/versions.ts';
import { findVersions } from '../../cli/versions.ts';
import { makeContext, temporaryFolder } from '../provision/context.ts';

describe('versions', () => {
  it('are unknown, and no error, on a computer that has run nothing', async () => {
    const cwd = await temporaryFolder();
    const versions = await findVersions(await makeContext({ env: { PATH: '' } }), cwd);
    expect(versions).toMatchObject({ kernel: { release: null, version: null, pinned: null }, qemu: null });
    expect(versionsText(versions).split('\n')).toEqual([
      versions.lab3,
      expect.stringMatching(/^kernel not chosen yet: /),
      expect.stringMatching(/^QEMU not there yet: .*lab3 doctor/),
    ]);
  });

  it.skipIf(process.platform === 'win32')('include the QEMU that is installed', async () => {
    const folder = await temporaryFolder();
    const program = join(folder, 'qemu');
    await writeFile(program, '#!/bin/sh\necho "QEMU emulator version 9.2.1 (x)"\n');
    await chmod(program, 0o755);
    const { qemu } = await findVersions(await makeContext({ env: { LAB3_QEMU: program } }), folder);
    expect(qemu).toEqual({ version: '9.2.1', source: 'path' });
    // One that was named and does not work is an error for the commands that need it.
    await writeFile(program, '#!/bin/sh\nexit 1\n');
    expect(await findVersions(await makeContext({ env: { LAB3_QEMU: program } }), folder)).toMatchObject({
      qemu: null,
    });
  });
});
