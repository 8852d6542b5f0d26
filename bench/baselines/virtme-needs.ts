/** What virtme-ng needs of this computer to boot Debian's cloud kernel, which has virtiofs and no 9p. */
import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Context } from '../../provision/context.ts';
import { findProgram } from '../../provision/host/programs.ts';

/** Where things are beside the PATH, as virtme-ng looks for them. */
const usual = {
  folders: ['/usr/sbin', '/sbin', '/usr/libexec', '/usr/lib/virtiofsd', '/usr/lib', '/usr/lib/qemu'],
  udev: ['/usr/lib/systemd/systemd-udevd', '/lib/systemd/systemd-udevd'],
};

const run = promisify(execFile);

/** Why the work cannot be done by virtme-ng here, as far as that is known beforehand. */
export async function virtmeObstacle(
  context: Pick<Context, 'platform' | 'env'>,
  places: { readonly folders: readonly string[]; readonly udev: readonly string[] } = usual,
): Promise<string | undefined> {
  if (context.platform !== 'linux') return 'virtme-ng boots kernels on Linux';
  const has = async (name: string, folders: readonly string[] = places.folders) =>
    (await findProgram(context, name, folders)) !== undefined;
  if (!(await has('vng', []))) return 'there is no vng on the PATH: virtme-ng is not installed';
  const daemon = await findProgram(context, 'virtiofsd', places.folders);
  if (daemon === undefined || !(await starts(daemon))) {
    const lack = daemon === undefined ? 'there is no virtiofsd' : `${daemon} does not start here`;
    return `${lack}, and without it virtme-ng needs 9p, which Debian’s cloud kernel has not`;
  }
  if (!(await has('depmod')))
    return 'there is no depmod, by which virtme-ng finds the kernel’s modules: install kmod';
  if (!(await someExists(places.udev)) && !(await has('udevd')))
    return 'there is no udevd, without which the machine of virtme-ng does not find its ports: install udev';
  return undefined;
}

/** As virtme-ng tries it: one of a newer system may lack its libraries. */
function starts(program: string): Promise<boolean> {
  return run(program, ['--version'], { timeout: 20_000 }).then(
    () => true,
    () => false,
  );
}

async function someExists(paths: readonly string[]): Promise<boolean> {
  const exist = (path: string) =>
    access(path).then(
      () => true,
      () => false,
    );
  return (await Promise.all(paths.map(exist))).includes(true);
}
