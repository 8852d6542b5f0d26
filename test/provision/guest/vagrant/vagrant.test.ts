import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { askVagrant, findVagrant, parseSaid } from '../../../../provision/guest/vagrant/vagrant.ts';
import { makeContext, temporaryFolder } from '../../context.ts';

let folder: string;

beforeEach(async () => {
  folder = await temporaryFolder();
});

/** A program of that name on a PATH of its own. */
async function vagrant(script: string) {
  const program = join(folder, 'vagrant');
  await writeFile(program, `#!/bin/sh\n${script}\n`);
  await chmod(program, 0o755);
  return makeContext({ env: { PATH: `${folder}:/usr/bin:/bin` } });
}

describe('vagrant', () => {
  it('that is missing is said, with what installs it here', async () => {
    const context = await makeContext({ platform: 'darwin', env: { PATH: '' } });
    await expect(findVagrant(context)).rejects.toMatchObject({
      name: 'VagrantMissing',
      hint: expect.stringContaining('brew install --cask vagrant'),
    });
  });

  it('that is too old is said with its version', async () => {
    await expect(findVagrant(await vagrant('echo Vagrant 1.9.8'))).rejects.toMatchObject({
      name: 'VagrantTooOld',
      message: 'This is Vagrant 1.9.8; lab3 needs 2.2 or newer.',
    });
    expect((await findVagrant(await vagrant('echo Vagrant 2.3.4'))).version).toBe('2.3.4');
    expect((await findVagrant(await vagrant('echo Vagrant 2.4.10.dev'))).version).toBe('2.4.10');
  });

  it('that does not start is no version', async () => {
    await expect(findVagrant(await vagrant('echo broken gem >&2; exit 1'))).rejects.toMatchObject({
      name: 'VagrantFailed',
      message: '`vagrant --version` failed: broken gem',
    });
  });

  it('is asked in its folder, and told what the Vagrantfile wants to know', async () => {
    const context = await vagrant('echo "1,,said,$*,$VAGRANT_CWD,$LAB3_VAGRANT_VCPUS,$VAGRANT_NO_COLOR"');
    const place = { folder, env: { LAB3_VAGRANT_VCPUS: '3' } };
    const said = await askVagrant(context, join(folder, 'vagrant'), place, ['up'], 30_000);
    expect(said).toEqual([{ target: '', type: 'said', data: ['--machine-readable up', folder, '3', '1'] }]);
  });

  it('that fails throws what it said, and one that does not end is ended', async () => {
    const failing = await vagrant('echo "1,,ui,error,no luck"; exit 1');
    const place = { folder, env: {} };
    const program = join(folder, 'vagrant');
    await expect(askVagrant(failing, program, place, ['up'], 30_000)).rejects.toThrow(/no luck/);
    const endless = await vagrant('exec sleep 1000');
    await expect(askVagrant(endless, program, place, ['halt'], 100)).rejects.toThrow(
      /vagrant halt` failed: no end within/,
    );
  });

  it('is not waited for by what it started', async () => {
    // The launcher ends; its child has the output still.
    const launcher = await vagrant('sleep 20 & wait');
    const place = { folder, env: {} };
    const before = performance.now();
    const program = join(folder, 'vagrant');
    await expect(askVagrant(launcher, program, place, ['halt'], 100)).rejects.toThrow(/no end within/);
    expect(performance.now() - before).toBeLessThan(15_000);
  });

  it('is interrupted with the person', async () => {
    const abort = new AbortController();
    const context = { ...(await vagrant('exec sleep 1000')), signal: abort.signal };
    const asked = askVagrant(context, join(folder, 'vagrant'), { folder, env: {} }, ['up'], 30_000);
    setTimeout(() => abort.abort(), 50);
    await expect(asked).rejects.toMatchObject({ name: 'Interrupted' });
  });

  it('writes commas and line ends of its words out', () => {
    expect(parseSaid('1795853682,default,ui,output,one%!(VAGRANT_COMMA) two\\nthree')).toEqual({
      target: 'default',
      type: 'ui',
      data: ['output', 'one, two\nthree'],
    });
    expect(parseSaid('warning: constant, redefined, here')).toBeUndefined();
    expect(parseSaid('')).toBeUndefined();
  });
});
