import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { installScript, unsuitable } from '../../../../provision/guest/vagrant/kernel.ts';
import { suits, wishes } from '../../../../provision/guest/vagrant/machine.ts';

describe('a box', () => {
  it('of Debian 12 or 13 for this architecture suits', () => {
    const trixie = 'x86_64\ndebian\ntrixie\nDebian GNU/Linux 13 (trixie)\n';
    expect(unsuitable(trixie, 'amd64')).toEqual({ suite: 'trixie', arch: 'amd64' });
    const bookworm = 'aarch64\ndebian\nbookworm\nDebian GNU/Linux 12 (bookworm)\n';
    expect(unsuitable(bookworm, 'arm64')).toEqual({ suite: 'bookworm', arch: 'arm64' });
  });

  it('for another architecture, or of another system, is refused with what it is', () => {
    expect(unsuitable('x86_64\ndebian\ntrixie\n\n', 'arm64')).toBe('is for x86_64, and arm64 is wanted');
    expect(unsuitable('x86_64\nubuntu\nnoble\nUbuntu 24.04\n', 'amd64')).toBe(
      'has Ubuntu 24.04, and lab3 has headers for Debian trixie and bookworm',
    );
    expect(unsuitable('', 'amd64')).toMatch(/^is for /);
  });
});

describe('a machine', () => {
  const wanted = { box: '/boxes/a.box', vcpus: 2, memoryMiB: 256, accelerator: 'tcg' } as const;
  const state = { ...wishes(wanted), provider: 'libvirt', version: '2.3.4' };

  it('has what a whole Debian needs', () => {
    expect(wishes(wanted).memoryMiB).toBe(512);
    expect(wishes({ ...wanted, memoryMiB: 2048 }).memoryMiB).toBe(2048);
  });

  it('is used again when it is the one that is wanted', () => {
    expect(suits(state, wanted)).toBe(true);
    expect(suits(undefined, wanted)).toBe(false);
    expect(suits(state, { ...wanted, vcpus: 4 })).toBe(false);
    expect(suits(state, { ...wanted, box: undefined })).toBe(false);
    expect(suits(state, { ...wanted, accelerator: 'kvm' })).toBe(false);
  });
});

describe('a kernel that a box is moved to', () => {
  it.skipIf(process.platform === 'win32')(
    'is installed by a script that a shell reads, whatever its name',
    () => {
      for (const release of ['6.12.117+deb13-cloud-amd64', "6.1'; reboot; '"]) {
        const script = installScript(release);
        execFileSync('/bin/sh', ['-n', '-c', script]);
        const said = script.match(/= (.*) \] \|\| mv/)?.[1] ?? '';
        const words = execFileSync('/bin/sh', ['-c', `printf %s ${said}`], { encoding: 'utf8' });
        expect(words).toBe(`/boot/vmlinuz-${release}`);
      }
    },
  );
});
