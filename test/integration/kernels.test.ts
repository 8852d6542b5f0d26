/**
 * Checked kernels of the other architecture and of the older suite: each built whole, booted and put to work.
 *
 *     LAB3_TEST_KERNELS=all       both; half an hour and more, since nothing of theirs is built for any other test
 *     LAB3_TEST_KERNELS=arm64     the one whose architecture or suite is so called
 */
import { describe, expect, test } from 'vitest';
import type { Architecture, Suite } from '../../lab/names.ts';
import { startGuest } from '../../provision/guest/qemu/start.ts';
import { buildCheckedKernel } from '../../provision/kernel/build.ts';
import type { Kernel } from '../../provision/kernel/kernel.ts';
import { provideKernel } from '../../provision/kernel/provide.ts';
import { readCorpus } from '../corpus/corpus.ts';
import { judge } from '../corpus/judge.ts';
import { checkCorpusModule } from '../corpus/run.ts';
import { checkedKernelTimeout, realContext } from './real-context.ts';

const wanted = process.env.LAB3_TEST_KERNELS ?? 'all';
const context = realContext();
const otherArch: Architecture = context.hostArch === 'amd64' ? 'arm64' : 'amd64';
const kernels: { suite: Suite; arch: Architecture }[] = [
  { suite: 'trixie', arch: otherArch },
  { suite: 'bookworm', arch: context.hostArch },
];
/** A race and its absence; a report of lockdep, of SLUB, of kmemleak; registers and a stack. */
const modules = ['race_no_lock', 'right_spinlock', 'order_spin', 'uaf_write', 'leak_nodes', 'oops_null'];
const corpus = (await readCorpus()).filter(({ name }) => modules.includes(name));

const asked = kernels.filter(({ suite, arch }) => ['all', suite, arch].includes(wanted));

describe.each(asked)('the checked kernel of $suite for $arch', ({ suite, arch }) => {
  const build = async (): Promise<Kernel> => {
    const stock = await provideKernel(context, { suite, arch });
    return buildCheckedKernel(context, { kind: 'checked', stock, builder: 'auto' });
  };

  test(
    'boots with every check on, a screen and nothing to complain of',
    async () => {
      const kernel = await build();
      const guest = await startGuest(context, { kernel, vcpus: 2, memoryMiB: 512 });
      try {
        const script = [
          'uname -r; grep -c ^processor /proc/cpuinfo; grep enabled: /sys/kernel/debug/kcsan',
          'cat /sys/kernel/slab/kmalloc-64/poison; ls /sys/kernel/debug/kmemleak /proc/lockdep_stats /dev/hvc0',
          "dmesg | grep -E 'WARNING:|BUG:|Oops|possible recursive' || echo clean",
          'echo hello >/dev/tty1',
        ].join('\n');
        const looked = await guest.run(script, { deadlineMs: 120_000 });
        expect(looked.output.trim().split('\n')).toEqual([
          kernel.release,
          ...['2', 'enabled: 1', '1'],
          ...['/dev/hvc0', '/proc/lockdep_stats', '/sys/kernel/debug/kmemleak'],
          'clean',
        ]);
        expect(
          Buffer.from(await guest.screenshot())
            .subarray(1, 4)
            .toString(),
        ).toBe('PNG');
        expect((await guest.stop()).text).toContain('lab3-guest: end of log');
      } finally {
        await guest.kill();
      }
    },
    checkedKernelTimeout,
  );

  test.each(corpus)(
    'shows what $name is: $kind',
    async (module) => {
      const document = await checkCorpusModule(context, { checked: await build() }, module);
      expect(judge(module, document).problems).toEqual([]);
    },
    checkedKernelTimeout,
  );
});
