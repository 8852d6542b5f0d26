/** The same work by Vagrant with libvirt: `vagrant up`, both runs over ssh, `vagrant destroy`. */
import { chmod, cp, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { findProgram } from '../../provision/host/programs.ts';
import type { Measured } from '../document.ts';
import { type Spread, spread } from '../spread.ts';
import type { Subject } from '../subject.ts';
import type { Workplace } from '../workplace.ts';
import { boxName, provideLibvirt } from './libvirt.ts';
import { bothRuns, demandTotals, notDone } from './work.ts';

/** Run in the machine. The pauses are what a person's eyes would do: look until the threads have gone. */
const script = `set -e
${bothRuns({
  insmod: 'sudo insmod',
  rmmod: 'sudo rmmod',
  cat: 'sudo cat',
  pause: 'sleep 0.05',
  ko: '/tmp/lab3.ko',
})}sudo dmesg | grep 'lab3: total='
`;

export interface VagrantTimes {
  /** `vagrant up` to a machine that answers over ssh. */
  readonly up: Spread;
  /** The module's two runs by `vagrant upload` and `vagrant ssh`. */
  readonly run: Spread;
  readonly both: Spread;
}

/** @param box a box that scripts/vagrant-box.sh made; nothing of it stays */
export async function measureVagrant(
  work: Workplace,
  box: string | undefined,
  rounds: number,
  subject: Subject,
): Promise<Measured<VagrantTimes>> {
  if (box === undefined) return { notMeasured: 'it takes minutes and a box: --vagrant BOX' };
  if ((await findProgram(work.context, 'vagrant')) === undefined)
    return { notMeasured: 'there is no vagrant on the PATH' };
  const libvirt = await provideLibvirt(work, subject.qemu);
  if ('notMeasured' in libvirt) return libvirt;
  try {
    work.say(`Vagrant with libvirt, ${rounds} times …`);
    return await measureBox(work, resolve(box), rounds, subject);
  } catch (error) {
    // All else was measured by now.
    return notDone(work, 'vagrant', error);
  } finally {
    await libvirt.stop();
  }
}

async function measureBox(
  work: Workplace,
  box: string,
  rounds: number,
  { kernel, accelerator, ko }: Subject,
): Promise<VagrantTimes> {
  const folder = join(work.folder, 'vagrant');
  await mkdir(folder);
  // Libvirt starts QEMU as a user of its own, who reads the kernel in the box.
  await chmod(work.folder, 0o711);
  await cp(join(work.bench, 'vagrant', 'Vagrantfile'), join(folder, 'Vagrantfile'));
  await writeFile(join(folder, 'lab3.ko'), ko);
  await writeFile(join(folder, 'runs.sh'), script);
  const env = {
    VAGRANT_HOME: join(folder, 'home'),
    VAGRANT_CHECKPOINT_DISABLE: '1',
    VAGRANT_CWD: folder,
    LAB3_BENCH_DRIVER: accelerator === 'kvm' ? 'kvm' : 'qemu',
  };
  const vagrant = (args: readonly string[], minutes = 10) =>
    work.run(['vagrant', ...args], { env, cwd: folder, deadlineMs: minutes * 60_000 });
  const remove = (args: readonly string[]) =>
    work.run(['vagrant', ...args], { env, cwd: folder, deadlineMs: 600_000, uninterrupted: true });
  try {
    await vagrant(['box', 'add', '--name', boxName, box]);
    const samples: { up: number; run: number }[] = [];
    for (let round = 0; round < rounds; round += 1) {
      try {
        const up = await vagrant(['up', '--provider', 'libvirt'], 15);
        const { output } = await vagrant(['ssh', '-c', 'uname -r']);
        const release = output.trim().split('\n').at(-1)?.trim();
        if (release !== kernel.release)
          throw new Error(
            `the box has ${release}, not ${kernel.release}: scripts/vagrant-box.sh makes it anew`,
          );
        const sent = await vagrant(['upload', 'lab3.ko', '/tmp/lab3.ko']);
        await vagrant(['upload', 'runs.sh', '/tmp/runs.sh']);
        const ran = await vagrant(['ssh', '-c', 'sh /tmp/runs.sh']);
        demandTotals('the machine of Vagrant', ran.output);
        samples.push({ up: up.ms, run: sent.ms + ran.ms });
      } finally {
        await remove(['destroy', '-f']);
      }
    }
    return {
      up: spread(samples.map(({ up }) => up)),
      run: spread(samples.map(({ run }) => run)),
      both: spread(samples.map(({ up, run }) => up + run)),
    };
  } finally {
    await remove(['box', 'remove', '--force', boxName]).catch(() => undefined);
  }
}
