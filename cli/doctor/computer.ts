/** Judgements on figures of this computer; reading them is elsewhere, so that a test can be any computer. */
import { bytes } from '../ui/amounts.ts';
import { installCommand, joinGroupCommand, type Manager } from './advice.ts';
import { broken, type Check, missing, ok } from './check.ts';

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;
/** Kernel, headers, toolchain and QEMU, packed and unpacked: 1.1 GiB at the most. */
const diskNeeded = 1.5 * GiB;
/** A guest of 256 MiB with QEMU around it, a compiler, and lab3. */
const memoryNeeded = 700 * MiB;
const oldestNode = [20, 19] as const;

export function checkNode(version: string, manager: Manager | undefined): Check {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]))
    return ok('Node', version);
  const found = `${version}, older than ${oldestNode.join('.')}`;
  return broken('Node', found, installCommand('node', manager), true);
}

/** @param alreadyBytes what the cache holds: that much is not fetched again */
export function checkDisk(freeBytes: number, alreadyBytes: number, folder: string): Check {
  const found = `${bytes(freeBytes)} free for ${folder}`;
  if (freeBytes + alreadyBytes >= diskNeeded) return ok('Disk', found);
  const mend = `free ${bytes(diskNeeded - freeBytes - alreadyBytes)}, or choose another disk with LAB3_CACHE=FOLDER`;
  return broken('Disk', `${found}; about ${bytes(diskNeeded)} is needed`, mend, true);
}

export function checkMemory(freeBytes: number, totalBytes: number): Check {
  const found = `${bytes(freeBytes)} of ${bytes(totalBytes)} free`;
  if (freeBytes >= memoryNeeded) return ok('Memory', found);
  const mend = totalBytes < memoryNeeded ? 'use another computer' : 'close other programs';
  return broken(
    'Memory',
    `${found}; about ${bytes(memoryNeeded)} is needed`,
    mend,
    totalBytes < memoryNeeded,
  );
}

/** What is known of hardware virtualisation before QEMU is asked. */
export interface Virtualisation {
  /** The processor's flags say that it can; undefined where that cannot be seen. */
  readonly processor: boolean | undefined;
  /** This computer is itself a virtual machine. */
  readonly nested: boolean;
  /** On Windows: whether the library that QEMU asks for WHPX is there, which comes with the optional feature. */
  readonly whpx?: boolean;
  /** State of /dev/kvm, on Linux. */
  readonly kvm?: 'open' | 'absent' | 'denied';
}

export function checkVirtualisation(
  found: Virtualisation,
  platform: NodeJS.Platform,
  manager: Manager | undefined,
): Check {
  const part = 'Virtualisation';
  const slow = 'the virtual machine is emulated, which is slower and works';
  if (platform === 'linux') {
    if (found.kvm === 'open') return ok(part, '/dev/kvm opens (whether it works, a boot shows)');
    if (found.kvm === 'denied')
      return broken(
        part,
        `/dev/kvm may not be opened by this user; ${slow}`,
        joinGroupCommand('kvm', manager),
      );
    if (found.nested)
      return missing(
        part,
        `this is a virtual machine without it; ${slow}`,
        'allow nested virtualisation in its settings',
      );
    if (found.processor === true)
      return missing(part, `/dev/kvm is absent; ${slow}`, 'sudo modprobe kvm_intel || sudo modprobe kvm_amd');
    return missing(
      part,
      `the processor does not offer it; ${slow}`,
      'switch on VT-x or AMD-V in the firmware’s setup',
    );
  }
  if (platform === 'win32') {
    if (found.whpx !== true)
      return missing(
        part,
        `Windows Hypervisor Platform is switched off (an administrator’s terminal switches it on, before Windows is restarted); ${slow}`,
        'dism /online /enable-feature /featurename:HypervisorPlatform /all',
      );
    if (found.processor === false)
      return missing(
        part,
        `no hypervisor runs; ${slow}`,
        'switch on VT-x or AMD-V in the firmware’s setup, then restart Windows',
      );
    return ok(part, 'Windows Hypervisor Platform (whether it works, a boot shows)');
  }
  if (found.processor === true) return ok(part, 'Hypervisor.framework');
  return missing(part, `not offered here; ${slow}`, 'nothing to do: it works without');
}
