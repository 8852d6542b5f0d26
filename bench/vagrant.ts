/** The same work by Vagrant with libvirt: `vagrant up`, both runs over ssh, `vagrant destroy`. */
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Spread, spread, time } from './measure.ts';

/** Run in the machine. The waits are what a person's eyes would do: look until the threads have gone. */
const runs = `set -e
for lock in none own; do
  sudo insmod /tmp/lab3.ko lock=$lock
  while [ "$(sudo cat /sys/kernel/debug/lab3/state)" = running ]; do sleep 0.05; done
  sudo rmmod lab3
done
sudo dmesg | grep 'lab3: total='
`;

export interface VagrantTimes {
  /** `vagrant up` to a machine that answers over ssh. */
  readonly up: Spread;
  /** The module's two runs by `vagrant upload` and `vagrant ssh`. */
  readonly run: Spread;
  readonly both: Spread;
}

/**
 * @param box a box that bench/vagrant/box.sh made; added under a name of its own and removed again
 * @param koFor the `.ko` that fits the kernel in the box, given its release
 */
export async function measureVagrant(
  source: string,
  box: string,
  rounds: number,
  koFor: (release: string) => Promise<Uint8Array>,
): Promise<VagrantTimes> {
  const folder = await mkdtemp(join(tmpdir(), 'lab3-vagrant-'));
  const env = { VAGRANT_HOME: join(folder, 'home'), VAGRANT_CHECKPOINT_DISABLE: '1', VAGRANT_CWD: folder };
  const vagrant = (args: readonly string[], minutes = 10) =>
    time(['vagrant', ...args], { env, cwd: folder, deadlineMs: minutes * 60_000 });
  try {
    await cp(join(source, 'Vagrantfile'), join(folder, 'Vagrantfile'));
    await vagrant(['box', 'add', '--name', 'lab3-bench', box]);
    const up: number[] = [];
    const run: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      try {
        up.push((await vagrant(['up', '--provider', 'libvirt'], 15)).ms);
        const { output: release } = await vagrant(['ssh', '-c', 'uname -r']);
        await writeFile(
          join(folder, 'lab3.ko'),
          await koFor(release.trim().split('\n').at(-1)?.trim() ?? ''),
        );
        await writeFile(join(folder, 'runs.sh'), runs);
        const sent = await vagrant(['upload', 'lab3.ko', '/tmp/lab3.ko']);
        await vagrant(['upload', 'runs.sh', '/tmp/runs.sh']);
        const ran = await vagrant(['ssh', '-c', 'sh /tmp/runs.sh']);
        if (ran.output.match(/total=/g)?.length !== 2) throw new Error(`not two totals:\n${ran.output}`);
        run.push(sent.ms + ran.ms);
      } finally {
        await vagrant(['destroy', '-f']);
      }
    }
    const both = up.map((ms, round) => ms + (run[round] ?? 0));
    return { up: spread(up), run: spread(run), both: spread(both) };
  } finally {
    await vagrant(['box', 'remove', '--force', 'lab3-bench']).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  }
}
