/** A checked kernel as the product builds it: once for all tests, then from the shared cache. */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildModule } from '../../provision/builder/build.ts';
import { readModuleSource } from '../../provision/builder/source.ts';
import { readElf } from '../../provision/elf.ts';
import { startGuest } from '../../provision/guest/qemu/start.ts';
import { buildCheckedKernel } from '../../provision/kernel/build.ts';
import { findCheckedKernel, provideCheckedKernel } from '../../provision/kernel/checked.ts';
import type { Kernel } from '../../provision/kernel/kernel.ts';
import { exportKernel, importKernel, mostFileBytes } from '../../provision/kernel/transfer.ts';
import { checkedKernel, checkedKernelTimeout, realContext, trixieKernel } from './real-context.ts';

const context = realContext();
let stock: Kernel;
let kernel: Kernel;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab3-kernel-'));
  stock = await trixieKernel(context);
  kernel = await checkedKernel(context);
}, checkedKernelTimeout);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the checked kernel', () => {
  test('is of the stock kernel’s version and is found by who asks for it', async () => {
    const upstream = stock.version.replace(/-[^-]*$/, '');
    expect(kernel).toMatchObject({
      kind: 'checked',
      version: stock.version,
      release: `${upstream}-lab3-checked-${stock.arch}`,
    });
    expect(await provideCheckedKernel(context, { kind: 'checked', stock })).toEqual(kernel);
  });

  test('boots with all that the guest needs, and every check is on', async () => {
    const guest = await startGuest(context, { kernel, vcpus: 2, memoryMiB: 256 });
    try {
      const looked = await guest.run(
        [
          'uname -r',
          'grep -c ^processor /proc/cpuinfo',
          'grep enabled: /sys/kernel/debug/kcsan',
          'cat /sys/kernel/slab/kmalloc-64/poison',
          'ls /sys/kernel/debug/kmemleak /proc/lockdep_stats /dev/tty1 /dev/hvc0',
          // What the recipe adds to the source.
          'cd /sys/module && ls kcsan/parameters/skip_atomic kmemleak/parameters/jiffies_min_age kmemleak/parameters/settled',
          'cat /sys/devices/system/clocksource/clocksource0/current_clocksource',
          // Nothing of the kernel's own may look like a fault of a module.
          "dmesg | grep -E 'WARNING:|Oops|possible recursive' || echo clean",
        ].join('\n'),
        { deadlineMs: 60_000 },
      );
      expect(looked.output.trim().split('\n')).toEqual([
        kernel.release,
        '2',
        'enabled: 1',
        '1',
        ...['/dev/hvc0', '/dev/tty1', '/proc/lockdep_stats', '/sys/kernel/debug/kmemleak'],
        ...[
          'kcsan/parameters/skip_atomic',
          'kmemleak/parameters/jiffies_min_age',
          'kmemleak/parameters/settled',
        ],
        expect.not.stringContaining('jiffies'),
        'clean',
      ]);
    } finally {
      await guest.kill();
    }
  });

  test.runIf(process.platform === 'linux')(
    'has its vCPUs take turns where they are emulated; those of the stock kernel run at once',
    async () => {
      const running = join(context.cacheDir, 'running');
      const words = async (of: Kernel) => {
        const guest = await startGuest(
          context,
          { kernel: of, vcpus: 2, memoryMiB: 256 },
          { accelerator: 'tcg' },
        );
        try {
          // Other programs may have machines in the same cache.
          for (const name of await readdir(running)) {
            const entry = JSON.parse(await readFile(join(running, name), 'utf8').catch(() => '{}'));
            if (entry.owner !== process.pid || !/^\d/.test(name)) continue;
            const line = (await readFile(`/proc/${Number.parseInt(name, 10)}/cmdline`, 'utf8')).split('\0');
            return line[line.indexOf('-accel') + 1];
          }
          throw new Error('no machine of ours is in the ledger');
        } finally {
          await guest.kill();
        }
      };
      expect(await words(kernel)).toBe('tcg,thread=single');
      expect(await words(stock)).toBe('tcg,thread=multi');
    },
  );

  test('finds the race of our own module without a lock, and none with it', async () => {
    const source = await readModuleSource(fileURLToPath(new URL('../../module', import.meta.url)));
    const module = await buildModule(context, 'auto', source, kernel);
    expect(module.record.vermagic).toContain(`${kernel.release} SMP`);
    // Lines of the source are known of the module, though not of the kernel.
    expect(readElf(module.ko).section('.debug_line')?.length).toBeGreaterThan(1000);
    const guest = await startGuest(context, { kernel, vcpus: 2, memoryMiB: 256 });
    try {
      await guest.send('/root/lab3.ko', module.ko);
      const races = async (lock: string) => {
        const script = [
          // As a check sets it: provision/check/scripts.ts.
          'cd /sys/module/kcsan/parameters && echo 250 | tee skip_watch skip_atomic >/dev/null',
          'echo 100 >udelay_task; cd /root',
          `dmesg -c >/dev/null; insmod lab3.ko lock=${lock} n_threads=4 n_times=20000`,
          'while [ "$(cat /sys/kernel/debug/lab3/state)" = running ]; do usleep 5000; done',
          "rmmod lab3; dmesg | grep -c 'KCSAN: data-race.*\\[lab3\\]'",
        ].join('\n');
        return Number((await guest.run(script, { deadlineMs: 120_000 })).output.trim().split('\n').at(-1));
      };
      expect(await races('none')).toBeGreaterThan(0);
      expect(await races('own')).toBe(0);
    } finally {
      await guest.kill();
    }
  });

  test('goes to another computer as one file of at most 40 MiB', async () => {
    const found = await findCheckedKernel(context, { kind: 'checked', stock });
    if (found === undefined) throw new Error('it was built');
    const file = join(folder, 'kernel.tar');
    const { sha256 } = await exportKernel(found, file);
    expect((await stat(file)).size).toBeLessThan(mostFileBytes);
    const other = realContext({ cacheDir: join(folder, 'other') });
    expect((await importKernel(other, file, { sha256 })).manifest).toEqual(found.manifest);
    const taken = await provideCheckedKernel(other, { kind: 'checked', stock });
    expect(taken.headers?.sha256).toBe(kernel.headers?.sha256);
  });
});

test('a build that is interrupted leaves no process, no folder and no kernel', async () => {
  const abort = new AbortController();
  const own = realContext({
    signal: abort.signal,
    emit: (event) => {
      if (event.type === 'output' && / {2}CC +init\//.test(event.text)) abort.abort();
    },
  });
  const building = buildCheckedKernel(own, { kind: 'checked', stock, builder: 'auto', fresh: true });
  await expect(building).rejects.toMatchObject({ name: 'Interrupted' });
  // Other programs may be at work in the same cache: what is ours has our number in its name.
  const ours = new RegExp(`\\b${process.pid}-`);
  for (const name of ['checked-kernels', 'sandboxes']) {
    const left = await readdir(join(context.cacheDir, name)).catch(() => []);
    expect(left.filter((entry) => ours.test(entry))).toEqual([]);
  }
});
