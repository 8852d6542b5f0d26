/** What runs the machine below Vagrant, asked without it: Vagrant itself takes seconds for each answer. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { throwIfInterrupted } from '../../cache.ts';
import type { Context } from '../../context.ts';
import { findProgram } from '../../host/programs.ts';
import { makeWorkFolder, removeFolder } from '../../work-folder.ts';
import { readPicture } from './picture.ts';

const execute = promisify(execFile);
const deadlineMs = 20_000;

/** A command that shows what the machine writes to its first serial port. */
export interface SerialPort {
  readonly argv: readonly string[];
}

export interface Hypervisor {
  /** What it calls the machine. */
  readonly id: string;
  /** In its own words: `running`, `shut off`, `poweroff`. */
  state(): Promise<string>;
  /** Starts the machine anew, whatever its kernel does. */
  reset(): Promise<void>;
  /** PNG of the screen. */
  screenshot(): Promise<Uint8Array>;
  readonly serial?: SerialPort;
}

/** @param id what Vagrant calls the machine in its provider */
export async function hypervisorOf(
  context: Context,
  provider: string,
  id: string,
): Promise<Hypervisor | undefined> {
  // It becomes an argument of other programs.
  if (!/^[\w][\w-]{0,99}$/.test(id)) return undefined;
  if (provider === 'libvirt') return libvirt(context, id);
  if (provider === 'virtualbox') return virtualBox(context, id);
  return undefined;
}

async function libvirt(context: Context, id: string): Promise<Hypervisor | undefined> {
  const virsh = await findProgram(context, 'virsh');
  if (virsh === undefined) return undefined;
  // The one that vagrant-libvirt takes too; virsh alone would take another for a person who is not root.
  const uri = context.env.LIBVIRT_DEFAULT_URI || 'qemu:///system';
  const answer = (...args: string[]) => run(context, virsh, ['-q', '-c', uri, ...args]);
  return {
    id,
    state: async () => (await answer('domstate', id)).trim(),
    reset: async () => void (await answer('reset', id)),
    screenshot: () => picture(context, (file) => answer('screenshot', id, file)),
    serial: { argv: [virsh, '-q', '-c', uri, 'console', '--force', id] },
  };
}

async function virtualBox(context: Context, id: string): Promise<Hypervisor | undefined> {
  const folders =
    context.platform === 'win32'
      ? [context.env.VBOX_MSI_INSTALL_PATH ?? 'C:\\Program Files\\Oracle\\VirtualBox']
      : [];
  const manage = await findProgram(context, 'VBoxManage', folders);
  if (manage === undefined) return undefined;
  const answer = (...args: string[]) => run(context, manage, args);
  return {
    id,
    state: async () => {
      const said = await answer('showvminfo', id, '--machinereadable');
      return /^VMState="(\w+)"/m.exec(said)?.[1] ?? 'unknown';
    },
    reset: async () => void (await answer('controlvm', id, 'reset')),
    screenshot: () => picture(context, (file) => answer('controlvm', id, 'screenshotpng', file)),
  };
}

async function run(context: Context, program: string, args: readonly string[]): Promise<string> {
  const options = {
    env: { ...context.env, LC_ALL: 'C' },
    timeout: deadlineMs,
    killSignal: 'SIGKILL' as const,
    signal: context.signal,
    windowsHide: true,
  };
  try {
    return (await execute(program, [...args], options)).stdout;
  } catch (error) {
    throwIfInterrupted(context.signal);
    throw error;
  }
}

async function picture(context: Context, take: (file: string) => Promise<unknown>): Promise<Uint8Array> {
  const folder = await makeWorkFolder(context, 'screens');
  try {
    const file = join(folder, 'screen.png');
    await take(file);
    return readPicture(await readFile(file));
  } finally {
    await removeFolder(folder).catch(() => undefined);
  }
}
