import type { CatalogueEntry } from '../errors.ts';

const installVagrant: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'sudo apt-get install vagrant vagrant-libvirt libvirt-daemon-system',
  darwin: 'brew install --cask vagrant virtualbox',
  win32: 'winget install Hashicorp.Vagrant Oracle.VirtualBox',
};

const install = ({ platform }: { platform: NodeJS.Platform }) => {
  const command = installVagrant[platform];
  const how = command === undefined ? 'with the package manager of this system' : `\`${command}\``;
  return `Install it: ${how}; or do without: \`lab3 run --vm qemu\`.`;
};

/** What makes a provider of Vagrant known and usable. */
const providers: Readonly<Record<string, Partial<Record<NodeJS.Platform | 'plugin', string>>>> = {
  libvirt: {
    linux: 'sudo apt-get install vagrant-libvirt libvirt-daemon-system qemu-system-x86',
    plugin: 'vagrant plugin install vagrant-libvirt',
  },
  virtualbox: {
    linux: 'sudo apt-get install virtualbox',
    darwin: 'brew install --cask virtualbox',
    win32: 'winget install Oracle.VirtualBox',
  },
  vmware_desktop: {
    darwin: 'brew install --cask vagrant-vmware-utility',
    plugin: 'vagrant plugin install vagrant-vmware-desktop',
  },
  qemu: { darwin: 'brew install qemu', plugin: 'vagrant plugin install vagrant-qemu' },
};

const installSsh: Partial<Record<NodeJS.Platform, string>> & { readonly linux: string } = {
  linux: '`sudo apt-get install openssh-client`',
  win32: '`Add-WindowsCapability -Online -Name OpenSSH.Client~~~~0.0.1.0`, as administrator',
};

const without = 'or do without Vagrant: `lab3 run --vm qemu`.';

/** Faults of Vagrant, its plugins, its providers and its boxes. */
export const vagrantErrors = {
  VagrantMissing: {
    fault: 'computer',
    title: 'Vagrant is not installed',
    message: (_: { platform: NodeJS.Platform }) => 'There is no vagrant on the PATH.',
    hint: install,
  },
  VagrantTooOld: {
    fault: 'computer',
    title: 'Vagrant is too old',
    message: (p: { version: string; oldest: string; platform: NodeJS.Platform }) =>
      `This is Vagrant ${p.version}; lab3 needs ${p.oldest} or newer.`,
    hint: install,
  },
  VagrantPluginMissing: {
    fault: 'computer',
    title: 'A plugin of Vagrant is missing',
    message: (p: { provider: string; known: string; platform: NodeJS.Platform }) =>
      `Vagrant knows no provider ${p.provider}${p.known === '' ? '' : `; it knows ${p.known}`}.`,
    hint: (p: { provider: string; platform: NodeJS.Platform }) => {
      const { plugin } = providers[p.provider] ?? {};
      return `Run \`${plugin ?? `vagrant plugin install vagrant-${p.provider}`}\`; or leave out VAGRANT_DEFAULT_PROVIDER; ${without}`;
    },
  },
  VagrantProviderMissing: {
    fault: 'computer',
    title: 'Vagrant has nothing to run a machine with',
    message: (p: { provider: string; reason: string; platform: NodeJS.Platform }) =>
      `Vagrant cannot use ${p.provider}: ${p.reason}`,
    hint: (p: { provider: string; platform: NodeJS.Platform }) => {
      const wanted = providers[p.provider] ?? providers[p.platform === 'linux' ? 'libvirt' : 'virtualbox'];
      const command = wanted?.[p.platform] ?? wanted?.plugin;
      return command === undefined ? `Install ${p.provider}; ${without}` : `Run \`${command}\`; ${without}`;
    },
  },
  LibvirtUnavailable: {
    fault: 'computer',
    title: 'libvirt does not answer',
    message: (p: { reason: string; denied: boolean }) => `Vagrant cannot reach libvirt: ${p.reason}`,
    hint: (p: { denied: boolean }) =>
      p.denied
        ? `Run \`sudo usermod -aG libvirt "$USER"\` and log in again; ${without}`
        : `Run \`sudo systemctl enable --now libvirtd\`; ${without}`,
  },
  VagrantBoxUnavailable: {
    fault: 'computer',
    title: 'The box of Vagrant cannot be had',
    message: (p: { box: string; reason: string }) => `The box ${p.box} cannot be had: ${p.reason}`,
    hint: () =>
      'Check the connection and the name; name another with `--box NAME`, or `box` in lab3.yaml: `vagrant box list` shows what is here.',
  },
  VagrantBoxUnsuitable: {
    fault: 'computer',
    title: 'The box of Vagrant does not suit',
    message: (p: { box: string; reason: string }) => `The box ${p.box} ${p.reason}.`,
    hint: () =>
      'Name a box of Debian 12 or 13 for this architecture with `--box NAME`, or `box` in lab3.yaml; then `lab3 clean` and the same command again.',
  },
  VagrantDidNotStart: {
    fault: 'computer',
    title: 'The machine of Vagrant did not start',
    message: (p: { accelerator: string; reason: string }) =>
      `The machine of Vagrant did not get as far as taking commands (accelerator ${p.accelerator}): ${p.reason}.`,
    hint: () =>
      'Close other heavy programs and run the same command again; where that does not help, `lab3 clean` removes the machine, and the same command makes it anew.',
  },
  MachineStays: {
    fault: 'computer',
    title: 'The machine of Vagrant could not be removed',
    message: (p: { folder: string; reason: string }) =>
      `All else was removed, but not the machine of Vagrant, nor ${p.folder}, where Vagrant keeps what it knows of it: ${p.reason}`,
    hint: (p: { folder: string }) =>
      `Mend that and run \`lab3 clean\` again; or remove the machine with the program that runs it, which knows it by what the file \`id\` below ${p.folder} says, and then that folder.`,
  },
  VagrantBusy: {
    fault: 'computer',
    title: 'Another Vagrant is at work',
    message: (p: { reason: string }) =>
      `Another Vagrant, perhaps of a command that was stopped, is still at work on the machine: ${p.reason}`,
    hint: () => `Wait until it ends, which may take minutes, and run the same command again; ${without}`,
  },
  SshMissing: {
    fault: 'computer',
    title: 'ssh is not installed',
    message: (_: { platform: NodeJS.Platform }) =>
      'There is no ssh on the PATH, and Vagrant’s machine is reached by it.',
    hint: (p: { platform: NodeJS.Platform }) =>
      `Install it: ${installSsh[p.platform] ?? installSsh.linux}; ${without}`,
  },
  VagrantFailed: {
    fault: 'computer',
    title: 'Vagrant failed',
    message: (p: { what: string; reason: string }) => `\`${p.what}\` failed: ${p.reason}`,
    hint: () => `Run the same command again with --verbose to see all that Vagrant says; ${without}`,
  },
} satisfies Record<string, CatalogueEntry>;
