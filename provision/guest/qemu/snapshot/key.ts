/** What a saved machine depends on: another value of any of it is another machine, and gets a state of its own. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { cpus, release } from 'node:os';
import type { Context } from '../../../context.ts';
import { fileIdentity } from '../../../host/file-identity.ts';
import type { Qemu } from '../../../host/qemu.ts';
import { type MachineSpec, qemuArguments } from '../machine.ts';

/** Changes when what lies in the cache is to be read in another way. */
const format = 2;

type Computer = Pick<Context, 'platform' | 'hostArch'>;

/**
 * Name of the state that a machine like this one would be saved under. The initramfs counts by its path, which is
 * named by its content; drives count by their sizes, since what is on them is not part of a state.
 */
export async function snapshotKey(computer: Computer, qemu: Qemu, machine: MachineSpec): Promise<string> {
  const drives = await Promise.all(
    machine.drives.map(async ({ path, readOnly }) => ({ path: String((await stat(path)).size), readOnly })),
  );
  const identity = {
    format,
    arguments: qemuArguments({ ...machine, drives, token: '', incoming: undefined }, (name) => name),
    version: qemu.version,
    qemu: await Promise.all(qemu.argv.map(fileIdentity)),
    firmware: machine.firmware && (await contentHash(machine.firmware)),
    kernel: await contentHash(machine.kernelImage),
    processor: machine.accelerator === 'tcg' ? computer.hostArch : await processorIdentity(computer),
  };
  return createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32);
}

/** With an accelerator the guest sees the computer's own processor, as far as its kernel lets it. */
async function processorIdentity({ platform, hostArch }: Computer): Promise<string[]> {
  // One paragraph per processor; frequency and the like change from one look to the next.
  const text = platform === 'linux' ? await readFile('/proc/cpuinfo', 'utf8').catch(() => '') : '';
  const stable =
    /^(?:vendor_id|cpu family|model|model name|stepping|microcode|flags|CPU \w+|Features)\s*:.*$/gm;
  const first = text.split('\n\n')[0]?.match(stable) ?? [];
  return [platform, hostArch, cpus()[0]?.model ?? '', release(), ...first];
}

const hashes = new Map<string, Promise<string>>();

/** SHA-256 of a file, computed once as long as the file is not written to. */
async function contentHash(path: string): Promise<string> {
  const { size, mtimeMs, ctimeMs, ino } = await stat(path);
  const known = JSON.stringify([path, size, mtimeMs, ctimeMs, ino]);
  let hash = hashes.get(known);
  if (hash === undefined) {
    hash = hashFile(path);
    hashes.set(known, hash);
    hash.catch(() => hashes.delete(known));
  }
  return hash;
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
