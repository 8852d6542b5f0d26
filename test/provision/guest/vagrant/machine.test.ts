/** With a vagrant that only says what a real one says, and writes down what it is asked. */
import { access, chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Step } from '../../../../lab/events.ts';
import { pngSize } from '../../../../lab/png.ts';
import { hypervisorOf } from '../../../../provision/guest/vagrant/hypervisor.ts';
import {
  bringUp,
  destroyMachine,
  hasMachine,
  machineFolder,
  machineState,
  readState,
} from '../../../../provision/guest/vagrant/machine.ts';
import { makeContext, type TestContext, temporaryFolder } from '../../context.ts';

const step: Step = {
  note: () => undefined,
  progress: () => undefined,
  cells: () => undefined,
  summary: () => undefined,
  emit: () => undefined,
};
const wanted = { box: 'debian/bookworm64', vcpus: 2, memoryMiB: 256, accelerator: 'tcg' } as const;

let programs: string;
let context: TestContext;

async function program(name: string, script: string): Promise<void> {
  await writeFile(join(programs, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(programs, name), 0o755);
}

beforeEach(async () => {
  programs = await temporaryFolder();
  context = await makeContext({ env: { PATH: `${programs}:/usr/bin:/bin` } });
  await program(
    'vagrant',
    `[ "$1" = --version ] && { echo Vagrant 2.3.4; exit; }
shift
echo "$* $LAB3_VAGRANT_BOX $LAB3_VAGRANT_VCPUS $LAB3_VAGRANT_MEMORY $LAB3_VAGRANT_DRIVER" >>${programs}/calls
case $1 in
  up)
    mkdir -p .vagrant/machines/default/libvirt
    echo 0a1b >.vagrant/machines/default/libvirt/id
    echo '1,default,metadata,provider,libvirt'
    ;;
  ssh-config) printf '%s\\n' '1,default,ssh-config,Host default\\n  Port 22\\n' ;;
  status) echo '1,default,state,saved' ;;
esac`,
  );
});

const calls = async () => (await readFile(join(programs, 'calls'), 'utf8')).trim().split('\n');

describe('the machine of Vagrant', () => {
  it('is started with what is wanted, and leaves what leads to it', async () => {
    const state = await bringUp(context, wanted, step);
    expect(state).toEqual({ ...wanted, memoryMiB: 512, provider: 'libvirt', version: '2.3.4' });
    expect(await readState(context)).toEqual(state);
    expect(await calls()).toEqual([
      'up --no-provision debian/bookworm64 2 512 qemu',
      'ssh-config debian/bookworm64 2 512 qemu',
    ]);
    const folder = machineFolder(context);
    expect(await readFile(join(folder, 'ssh-config'), 'utf8')).toBe('Host default\n  Port 22\n');
    expect(await readFile(join(folder, 'Vagrantfile'), 'utf8')).toContain('Vagrant.configure("2")');
  });

  it('is halted before it starts with other sizes, and made anew from another box', async () => {
    await bringUp(context, wanted, step);
    await bringUp(context, { ...wanted, vcpus: 4 }, step);
    await bringUp(context, { ...wanted, box: 'other/box' }, step);
    expect((await calls()).map((call) => call.split(' ').slice(0, 2).join(' '))).toEqual([
      'up --no-provision',
      'ssh-config debian/bookworm64',
      'halt --force',
      'up --no-provision',
      'ssh-config debian/bookworm64',
      'destroy --force',
      'up --no-provision',
      'ssh-config other/box',
    ]);
  });

  it('is destroyed with all that Vagrant keeps of it, and only where there is one', async () => {
    await destroyMachine(context);
    expect(await hasMachine(context)).toBe(false);
    await bringUp(context, wanted, step);
    expect(await hasMachine(context)).toBe(true);
    await destroyMachine(context);
    expect((await calls()).at(-1)).toMatch(/^destroy --force /);
    await expect(access(machineFolder(context))).rejects.toThrow(/ENOENT/);
  });

  it('is asked for its state below Vagrant where that is possible, else through it', async () => {
    const state = await bringUp(context, wanted, step);
    await program('virsh', `[ "$4 $5" = "domstate 0a1b" ] && { echo 'shut off'; echo; }`);
    expect(await machineState(context, state)).toBe('shut off');
    expect(await machineState(context, { ...state, provider: 'vmware_desktop' })).toBe('saved');
    await program('virsh', 'exit 1');
    expect(await machineState(context, state)).toBe('not to be found');
  });
});

describe('a hypervisor', () => {
  it('of libvirt gives a picture, is reset, and shows its serial port', async () => {
    await program(
      'virsh',
      `echo "$*" >>${programs}/calls; [ "$4" != screenshot ] || printf 'P6\\n1 1\\n255\\nabc' >"$6"`,
    );
    const below = await hypervisorOf(context, 'libvirt', '0a1b');
    expect(pngSize((await below?.screenshot()) ?? new Uint8Array())).toEqual({ width: 1, height: 1 });
    await below?.reset();
    expect((await calls()).at(-1)).toBe('-q -c qemu:///system reset 0a1b');
    expect(below?.serial?.argv.slice(1)).toEqual([
      '-q',
      '-c',
      'qemu:///system',
      'console',
      '--force',
      '0a1b',
    ]);
  });

  it('of VirtualBox says its state among much else', async () => {
    await program('VBoxManage', `printf 'name="x"\\nVMState="poweroff"\\nVMStateChangeTime="2026"\\n'`);
    expect(await (await hypervisorOf(context, 'virtualbox', '0a1b-2c'))?.state()).toBe('poweroff');
  });

  it('is none where its program or the name of the machine is missing', async () => {
    await mkdir(join(programs, 'empty'));
    const bare = { ...context, env: { PATH: join(programs, 'empty') } };
    expect(await hypervisorOf(bare, 'libvirt', '0a1b')).toBeUndefined();
    expect(await hypervisorOf(context, 'libvirt', '')).toBeUndefined();
    expect(await hypervisorOf(context, 'libvirt', '--help')).toBeUndefined();
    expect(await hypervisorOf(context, 'docker', '0a1b')).toBeUndefined();
  });
});
