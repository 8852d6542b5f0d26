import { describe, expect, it } from 'vitest';
import {
  allowNamespacesCommand,
  installCommand,
  joinGroupCommand,
  type Manager,
  managerOf,
  managers,
  startDockerCommand,
} from '../../../cli/doctor/advice.ts';

const osRelease = (text: string) => managerOf('linux', text);

describe('the package manager', () => {
  it.each<[string, Manager | undefined]>([
    ['PRETTY_NAME="Debian GNU/Linux 12"\nID=debian\n', 'apt'],
    ['NAME="Pop!_OS"\nID=pop\nID_LIKE="ubuntu debian"\n', 'apt'],
    ['ID=fedora\nVERSION_ID=43\n', 'dnf'],
    ['ID="rocky"\nID_LIKE="rhel centos fedora"\n', 'dnf'],
    ['ID=arch\n', 'pacman'],
    ['ID=endeavouros\nID_LIKE=arch\n', 'pacman'],
    ['ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"\n', 'zypper'],
    ['ID=alpine\n', 'apk'],
    ['ID=nixos\n', undefined],
    ['ID=constructor\n', undefined],
    ['', undefined],
  ])('of %j is %s', (text, manager) => {
    expect(osRelease(text)).toBe(manager);
  });

  it('is brew on macOS and winget on Windows', () => {
    expect(managerOf('darwin', undefined)).toBe('brew');
    expect(managerOf('win32', undefined)).toBe('winget');
  });
});

describe('the command', () => {
  it('is that of the package manager', () => {
    expect(managers.map((manager) => installCommand('qemu', manager))).toMatchInlineSnapshot(`
      [
        "sudo apt-get install -y qemu-system-x86 qemu-system-arm",
        "sudo dnf install -y qemu-system-x86-core qemu-system-aarch64-core",
        "sudo pacman -S --needed qemu-system-x86 qemu-system-aarch64",
        "sudo zypper install -y qemu-x86 qemu-arm",
        "sudo apk add qemu-system-x86_64 qemu-system-aarch64",
        "brew install qemu",
        "winget install --exact --id SoftwareFreedomConservancy.QEMU",
      ]
    `);
    expect(installCommand('docker', 'apt')).toBe('sudo apt-get install -y docker.io');
    expect(installCommand('vagrant', 'brew')).toBe('brew install --cask vagrant');
  });

  it('is a page where no package manager has the part', () => {
    expect(installCommand('vagrant', 'apk')).toMatch(/^see https:/);
    expect(installCommand('qemu', undefined)).toMatch(/^see https:/);
  });

  it('starts an engine and opens it for this person', () => {
    expect(startDockerCommand('linux', 'apt')).toBe('sudo systemctl enable --now docker');
    expect(startDockerCommand('linux', 'apk')).toBe('sudo rc-service docker start');
    expect(startDockerCommand('darwin', 'brew')).toBe('open -a Docker');
    expect(joinGroupCommand('kvm', 'apt')).toContain('usermod -aG kvm');
  });

  it('allows namespaces by the switch that forbids them', () => {
    expect(
      allowNamespacesCommand('AppArmor refuses (kernel.apparmor_restrict_unprivileged_userns is 1)'),
    ).toBe('sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0');
    expect(allowNamespacesCommand('no answer within 5 s')).toMatch(/^nothing to do/);
  });
});
