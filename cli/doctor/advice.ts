/** The command that mends a missing part, in the words of this computer's own package manager. */

export const managers = ['apt', 'dnf', 'pacman', 'zypper', 'apk', 'brew', 'winget'] as const;
export type Manager = (typeof managers)[number];

export type Part = 'qemu' | 'docker' | 'vagrant' | 'node';

/** ID and ID_LIKE of os-release(5) → package manager; the first that is known decides. */
const distributions: Readonly<Record<string, Manager>> = {
  debian: 'apt',
  ubuntu: 'apt',
  linuxmint: 'apt',
  raspbian: 'apt',
  fedora: 'dnf',
  rhel: 'dnf',
  centos: 'dnf',
  rocky: 'dnf',
  almalinux: 'dnf',
  arch: 'pacman',
  manjaro: 'pacman',
  opensuse: 'zypper',
  'opensuse-leap': 'zypper',
  'opensuse-tumbleweed': 'zypper',
  suse: 'zypper',
  sles: 'zypper',
  alpine: 'apk',
};

/** @param osRelease text of /etc/os-release, on Linux */
export function managerOf(platform: NodeJS.Platform, osRelease: string | undefined): Manager | undefined {
  if (platform === 'darwin') return 'brew';
  if (platform === 'win32') return 'winget';
  const read = (key: string) =>
    new RegExp(`^${key}=["']?([^"'\\n]*)`, 'm').exec(osRelease ?? '')?.[1]?.split(/\s+/) ?? [];
  for (const name of [...read('ID'), ...read('ID_LIKE')]) {
    const manager = Object.hasOwn(distributions, name) ? distributions[name] : undefined;
    if (manager !== undefined) return manager;
  }
  return undefined;
}

const install: Readonly<Record<Manager, (packages: string) => string>> = {
  apt: (packages) => `sudo apt-get install -y ${packages}`,
  dnf: (packages) => `sudo dnf install -y ${packages}`,
  pacman: (packages) => `sudo pacman -S --needed ${packages}`,
  zypper: (packages) => `sudo zypper install -y ${packages}`,
  apk: (packages) => `sudo apk add ${packages}`,
  brew: (packages) => `brew install ${packages}`,
  winget: (packages) => `winget install --exact --id ${packages}`,
};

const packages: Readonly<Record<Part, Readonly<Record<Manager, string | undefined>>>> = {
  qemu: {
    apt: 'qemu-system-x86 qemu-system-arm',
    dnf: 'qemu-system-x86-core qemu-system-aarch64-core',
    pacman: 'qemu-system-x86 qemu-system-aarch64',
    zypper: 'qemu-x86 qemu-arm',
    apk: 'qemu-system-x86_64 qemu-system-aarch64',
    brew: 'qemu',
    winget: 'SoftwareFreedomConservancy.QEMU',
  },
  docker: {
    apt: 'docker.io',
    dnf: 'moby-engine',
    pacman: 'docker',
    zypper: 'docker',
    apk: 'docker',
    brew: '--cask docker',
    winget: 'Docker.DockerDesktop',
  },
  vagrant: {
    apt: 'vagrant',
    dnf: 'vagrant',
    pacman: 'vagrant',
    zypper: 'vagrant',
    apk: undefined,
    brew: '--cask vagrant',
    winget: 'Hashicorp.Vagrant',
  },
  node: {
    apt: undefined,
    dnf: 'nodejs',
    pacman: 'nodejs npm',
    zypper: 'nodejs22',
    apk: 'nodejs npm',
    brew: 'node',
    winget: 'OpenJS.NodeJS.LTS',
  },
};

/** Where a part comes from when no package manager here has it. */
const pages: Readonly<Record<Part, string>> = {
  qemu: 'see https://www.qemu.org/download/',
  docker: 'see https://docs.docker.com/engine/install/',
  vagrant: 'see https://developer.hashicorp.com/vagrant/install',
  node: 'see https://nodejs.org/en/download',
};

export function installCommand(part: Part, manager: Manager | undefined): string {
  const names = manager === undefined ? undefined : packages[part][manager];
  return manager === undefined || names === undefined ? pages[part] : install[manager](names);
}

/** Starts an engine that is installed but does not answer. */
export function startDockerCommand(platform: NodeJS.Platform, manager: Manager | undefined): string {
  if (platform === 'darwin') return 'open -a Docker';
  // Understood by PowerShell and by the old command prompt alike, which `start` is not.
  if (platform === 'win32') return 'explorer "C:\\Program Files\\Docker\\Docker\\Docker Desktop.exe"';
  return manager === 'apk' ? 'sudo rc-service docker start' : 'sudo systemctl enable --now docker';
}

/** Lets this person use /dev/kvm or the engine's socket. */
export function joinGroupCommand(group: 'kvm' | 'docker', manager: Manager | undefined): string {
  return manager === 'apk'
    ? `sudo addgroup "$USER" ${group}   # then log in again`
    : `sudo usermod -aG ${group} "$USER"   # then log in again`;
}

const namespaceSwitches: Readonly<Record<string, string>> = {
  'user.max_user_namespaces': '15000',
  'kernel.unprivileged_userns_clone': '1',
  'kernel.apparmor_restrict_unprivileged_userns': '0',
};

/** @param reason why no sandbox can be made; names the switch that forbids it where one does */
export function allowNamespacesCommand(reason: string): string {
  const found = Object.entries(namespaceSwitches).find(([name]) => reason.includes(name));
  return found === undefined
    ? 'nothing to do: builder vm needs none'
    : `sudo sysctl -w ${found[0]}=${found[1]}`;
}
