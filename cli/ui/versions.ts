/** What `lab3 --version` prints: lab3's own version alone on the first line, for programs that read it. */
import type { Versions } from '../versions.ts';

export function versionsText({ lab3, kernel, qemu }: Versions): string {
  return [lab3, `kernel ${kernelText(kernel)}`, `QEMU ${qemuText(qemu)}`].join('\n');
}

function kernelText({ suite, arch, pinned, release, version }: Versions['kernel']): string {
  if (release !== null) return `${release} (Debian ${suite} ${version})`;
  if (pinned !== null) return `${pinned} (Debian ${suite}, ${arch}, not fetched yet)`;
  return `not chosen yet: the first run takes the newest of Debian ${suite} for ${arch}`;
}

function qemuText(qemu: Versions['qemu']): string {
  if (qemu === null) return 'not there yet: `lab3 doctor` says where it will come from';
  return `${qemu.version} (${qemu.source === 'path' ? 'installed here' : 'from Debian packages in the cache'})`;
}
