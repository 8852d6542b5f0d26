/** What Vagrant really said, word for word, where nothing else is said. */
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../../../provision/guest/vagrant/failures.ts';
import { parseSaid, type Said } from '../../../../provision/guest/vagrant/vagrant.ts';

const said = (...lines: string[]): Said[] =>
  lines.map(parseSaid).filter((line): line is Said => line !== undefined);

const failure = (platform: NodeJS.Platform, ...lines: string[]) =>
  failureOf(platform, 'vagrant up', said(...lines), 'the last line');

const noPlugin =
  "1795853691,,error-exit,Vagrant::Errors::ProviderNotFound,The provider 'vmware_desktop' could not be found%!(VAGRANT_COMMA) but was requested to\\nback the machine 'default'. Please use a provider that exists.\\n\\nVagrant knows about the following providers: virtualbox%!(VAGRANT_COMMA) docker%!(VAGRANT_COMMA) hyperv%!(VAGRANT_COMMA) libvirt";
const noVirtualBox =
  "1795853682,,error-exit,Vagrant::Errors::ProviderNotUsable,The provider 'virtualbox' that was requested to back the machine\\n'default' is reporting that it isn't usable on this system. The\\nreason is shown below:\\n\\nVagrant could not detect VirtualBox! Make sure VirtualBox is properly installed.\\nVagrant uses the `VBoxManage` binary that ships with VirtualBox%!(VAGRANT_COMMA) and requires\\nthis to be available on the PATH.";
const noLibvirt =
  "1795853665,,error-exit,VagrantPlugins::ProviderLibvirt::Errors::FogLibvirtConnectionError,Error while connecting to Libvirt: Error making a connection to libvirt URI qemu:///system:\\nCall to virConnectOpen failed: Failed to connect socket to '/var/run/libvirt/libvirt-sock': No such file or directory";
/** From the words of Vagrant 2.3.4's own catalogue. */
const noBox =
  "1795853665,,error-exit,Vagrant::Errors::BoxAddShortNotFound,The box 'no/such' could not be found or\\ncould not be accessed in the remote catalog. If this is a private\\nbox on HashiCorp's Vagrant Cloud%!(VAGRANT_COMMA) please verify you're logged in via\\n`vagrant login`.";
const noFile =
  "1795853665,,error-exit,Vagrant::Errors::DownloaderError,An error occurred while downloading the remote file. The error\\nmessage%!(VAGRANT_COMMA) if any%!(VAGRANT_COMMA) is reproduced below. Please fix this error and try\\nagain.\\n\\nCouldn't open file /nonexistent/box";
const otherArchitecture =
  "1795853665,,error-exit,Vagrant::Errors::BoxAddNoMatchingProvider,The box you're attempting to add doesn't support the provider\\nyou requested.\\n\\nName: bento/debian-12\\nAddress: https://example.org/bento/debian-12\\nRequested provider: libvirt";
const bootTimeout =
  '1795853665,,error-exit,Vagrant::Errors::VMBootTimeout,Timed out while waiting for the machine to boot. This means that\\nVagrant was unable to communicate with the guest machine within\\nthe configured ("config.vm.boot_timeout" value) time period.';

describe('a failure of Vagrant', () => {
  it('is a plugin that is missing, with the command that installs it', () => {
    const error = failure('darwin', noPlugin);
    expect(error).toMatchObject({ name: 'VagrantPluginMissing', fault: 'computer' });
    expect(error.message).toBe(
      'Vagrant knows no provider vmware_desktop; it knows virtualbox, docker, hyperv, libvirt.',
    );
    expect(error.hint).toContain('`vagrant plugin install vagrant-vmware-desktop`');
    expect(failure('linux', noPlugin.replace('vmware_desktop', 'parallels')).hint).toContain(
      '`vagrant plugin install vagrant-parallels`',
    );
  });

  it.each([
    ['linux', 'sudo apt-get install virtualbox'],
    ['darwin', 'brew install --cask virtualbox'],
    ['win32', 'winget install Oracle.VirtualBox'],
  ] as const)('is a provider that is missing, on %s', (platform, command) => {
    const error = failure(platform, noVirtualBox);
    expect(error.name).toBe('VagrantProviderMissing');
    expect(error.message).toContain(
      'Vagrant cannot use virtualbox: Vagrant could not detect VirtualBox! Make sure',
    );
    expect(error.hint).toContain(`\`${command}\``);
  });

  it('is any provider at all, on a computer that has none', () => {
    const none = '1,,error-exit,Vagrant::Errors::NoDefaultProvider,No usable default provider could be found';
    expect(failure('win32', none)).toMatchObject({
      name: 'VagrantProviderMissing',
      hint: expect.stringContaining('winget install Oracle.VirtualBox'),
    });
    expect(failure('linux', none).hint).toContain('vagrant-libvirt');
  });

  it('is libvirt that does not run, or does not let this person in', () => {
    expect(failure('linux', noLibvirt)).toMatchObject({
      name: 'LibvirtUnavailable',
      message: expect.stringContaining("Failed to connect socket to '/var/run/libvirt/libvirt-sock'"),
      hint: expect.stringContaining('sudo systemctl enable --now libvirtd'),
    });
    const denied = noLibvirt.replace('No such file or directory', 'Permission denied');
    expect(failure('linux', denied).hint).toContain('sudo usermod -aG libvirt "$USER"');
  });

  it('is a box that cannot be had, or that is for another computer', () => {
    expect(failure('linux', noBox)).toMatchObject({
      name: 'VagrantBoxUnavailable',
      message: expect.stringContaining('The box no/such cannot be had'),
    });
    expect(failure('linux', noFile)).toMatchObject({
      name: 'VagrantBoxUnavailable',
      message: expect.stringContaining('The box /nonexistent/box cannot be had: An error occurred'),
    });
    expect(failure('linux', otherArchitecture)).toMatchObject({
      name: 'VagrantBoxUnsuitable',
      message: expect.stringContaining('The box bento/debian-12 is not offered for this computer'),
      hint: expect.stringContaining('--box NAME'),
    });
  });

  it('is another Vagrant that is still at work', () => {
    // From the words of Vagrant 2.3.4's own catalogue.
    const locked =
      "1795853665,,error-exit,Vagrant::Errors::MachineLocked,Vagrant can't use the requested machine because it is locked! This\\nmeans that another Vagrant process is currently reading or modifying\\nthe machine.";
    expect(failure('win32', locked)).toMatchObject({
      name: 'VagrantBusy',
      fault: 'computer',
      hint: expect.stringContaining('Wait until it ends'),
    });
  });

  it('is a machine that did not boot in time', () => {
    expect(failure('linux', bootTimeout)).toMatchObject({
      name: 'VagrantDidNotStart',
      message: expect.stringContaining('Timed out while waiting for the machine to boot'),
    });
  });

  it('is said in its own words where it has no name here', () => {
    const other = '1,,error-exit,Vagrant::Errors::SomethingElse,Words%!(VAGRANT_COMMA)\\n and more';
    expect(failure('linux', other)).toMatchObject({
      name: 'VagrantFailed',
      message: '`vagrant up` failed: Words, and more',
    });
    expect(failure('linux', '1,,ui,error,of the person\\nat the terminal').message).toContain(
      'of the person at the terminal',
    );
    expect(failure('linux', 'no line for machines').message).toBe('`vagrant up` failed: the last line');
  });
});
