/** The files of a machine on their way into its container. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Pack } from 'tar-stream';
import type { MachineSpec } from '../qemu/machine.ts';

/** An unprivileged user of no meaning on the host. */
export const user = 1000;
/** Where volumes are mounted: a volume's own top belongs to root, so what is ours lies in `files/` below it. */
export const filesFolder = '/machine';
export const drivePath = '/drives';

export interface FileSet {
  readonly folder: string;
  readonly archive: () => Promise<Pack>;
}

/** @param taken the volume has the machine's own files already */
export function machineFiles(machine: MachineSpec, taken: boolean): FileSet[] {
  const own = { kernel: machine.kernelImage, initramfs: machine.initramfs };
  const drives = Object.fromEntries(machine.drives.map(({ path }, index) => [String(index), path]));
  const sets: FileSet[] = [];
  if (!taken) sets.push({ folder: filesFolder, archive: () => packed(own) });
  if (machine.drives.length > 0) sets.push({ folder: drivePath, archive: () => packed(drives) });
  return sets;
}

async function packed(files: Readonly<Record<string, string>>): Promise<Pack> {
  const { pack } = (await import('tar-stream')).default;
  const archive = pack();
  send(archive, files).catch((error: Error) => archive.destroy(error));
  return archive;
}

async function send(archive: Pack, files: Readonly<Record<string, string>>): Promise<void> {
  const owner = { uid: user, gid: user };
  archive.entry({ name: 'files/', type: 'directory', mode: 0o755, ...owner });
  for (const [name, path] of Object.entries(files)) {
    const { size } = await stat(path);
    await pipeline(
      createReadStream(path),
      archive.entry({ name: `files/${name}`, mode: 0o644, size, ...owner }),
    );
  }
  archive.finalize();
}
