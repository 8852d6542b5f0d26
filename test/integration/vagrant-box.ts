/** The box that tests of Vagrant take, made when there is none yet, and whether there is a Vagrant to take it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Context } from '../../provision/context.ts';
import { findProgram } from '../../provision/host/programs.ts';
import { requirePart } from '../require.ts';
import { sharedCache } from '../shared-cache.ts';

const script = fileURLToPath(new URL('../../scripts/vagrant-box.sh', import.meta.url));

/** Beside the cache of the tests: what empties that need not make the box again. */
const folder = `${sharedCache}-box`;
/** The boxes of the person who runs the tests stay theirs. */
export const vagrantEnv = { VAGRANT_HOME: join(folder, 'vagrant-home') };

/**
 * For whoever asks with LAB3_TEST_VAGRANT=1: an emulated Debian takes minutes for each start. The box is made for amd64
 * alone, and by root.
 */
export async function vagrantIsHere(context: Context): Promise<boolean> {
  if (process.env.LAB3_TEST_VAGRANT !== '1') return false;
  const programs = ['vagrant', 'virsh', 'debootstrap', 'grub-mkimage', 'qemu-img'];
  const folders = ['/usr/sbin', '/sbin'];
  const found = await Promise.all(programs.map((name) => findProgram(context, name, folders)));
  const missing = programs.filter((_, index) => found[index] === undefined);
  if (context.hostArch !== 'amd64') missing.push('a computer with amd64');
  if (process.getuid?.() !== 0) missing.push('root, who makes the box');
  return requirePart('vagrant', missing.length === 0, `missing: ${missing.join(', ')}`);
}

export async function provideBox(): Promise<string> {
  const file = join(folder, 'lab3-trixie.box');
  const there = await access(file).then(
    () => true,
    () => false,
  );
  if (there) return file;
  await mkdir(folder, { recursive: true });
  const child = spawn('sh', [script, file], { stdio: ['ignore', 'inherit', 'inherit'] });
  const [status] = await once(child, 'exit');
  if (status !== 0) throw new Error(`vagrant-box.sh ended with ${status}`);
  return file;
}
