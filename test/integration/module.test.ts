/** The module in this project's own VM: every lock, its errors, early unloading, its files, and that nothing leaks. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Suite, suites } from '../../lab/names.ts';
import { buildModule } from '../../provision/builder/build.ts';
import { readModuleSource } from '../../provision/builder/source.ts';
import type { Guest } from '../../provision/guest/guest.ts';
import { startGuest } from '../../provision/guest/qemu/start.ts';
import { provideKernel } from '../../provision/kernel/provide.ts';
import { realContext } from './real-context.ts';

const context = realContext();
const moduleFolder = fileURLToPath(new URL('../../module', import.meta.url));
/** Loads and unloads of the leak test: LAB3_TEST_CYCLES=10000 for the long one. */
const cycles = Number(process.env.LAB3_TEST_CYCLES ?? 300);
const files = '/sys/kernel/debug/lab3';
const settled = `i=0; while [ "$(cat ${files}/state)" != finished ] && [ $i -lt 600 ]; do sleep 0.05; i=$((i+1)); done; cat ${files}/state`;
/** What a kernel says when the module stalls it, breaks it or leaves something behind. */
const trouble = /BUG|WARNING|Oops|stall|lockup|blocked for more|Call Trace/;

async function moduleGuest(suite: Suite, vcpus: number): Promise<Guest> {
  const kernel = await provideKernel(context, { suite, arch: context.hostArch });
  const module = await buildModule(context, 'auto', await readModuleSource(moduleFolder), kernel);
  expect(module.record.warnings).toEqual([]);
  const guest = await startGuest(context, { kernel, vcpus, memoryMiB: 256 });
  await guest.send('/tmp/lab3.ko', module.ko);
  return guest;
}

/** Runs a script that must do well, on a log of its own; answers what it printed and what the kernel logged. */
async function run(
  guest: Guest,
  script: string,
  deadlineMs = 120_000,
): Promise<{ out: string; log: string }> {
  const whole = `dmesg -c >/dev/null; set -e\n${script}\necho --log--; dmesg`;
  const { status, output } = await guest.run(whole, { deadlineMs, limitBytes: 1 << 20 });
  const [out = '', log = ''] = output.split('--log--\n');
  expect(status, output).toBe(0);
  expect(log).not.toMatch(trouble);
  return { out, log };
}

const totals = (text: string) =>
  /lab3: total=(\d+) expected=(\d+) lost=(\d+) time_ns=(\d+) lock=(\w+)/.exec(text);

describe.each(suites)('on the kernel of %s', (suite) => {
  let guest: Guest;
  beforeAll(async () => {
    guest = await moduleGuest(suite, 2);
  });
  afterAll(() => guest?.kill());

  test.each(['own', 'spinlock', 'mutex', 'atomic'])(
    'lock=%s loses nothing and lists every thread',
    async (lock) => {
      const { out, log } = await run(
        guest,
        `insmod /tmp/lab3.ko lock=${lock} n_threads=7 increment=3 n_times=100000; ${settled}
       cat ${files}/total ${files}/list; rmmod lab3`,
      );
      expect(log).toContain(
        `lab3: start lock=${lock} n_threads=7 increment=3 n_times=100000 expected=2100000\n`,
      );
      expect(log).toContain('lab3: finished 7 threads\n');
      expect(totals(log)?.slice(1, 4)).toEqual(['2100000', '2100000', '0']);
      // The files say what the log says.
      const said = log.split('\n').map((line) => line.replace(/^\[[^\]]*\] /, ''));
      for (const line of out.trim().split('\n').slice(1)) expect(said).toContain(line);

      const threads = [...log.matchAll(/thread (\d+): value=(\d+) cpu=(\d) start_ns=(\d+) time_ns=(\d+)/g)];
      expect(threads.map(([, index]) => Number(index)).sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
      const values = threads.map(([, , value]) => Number(value));
      expect(Math.max(...values)).toBe(2_100_000);
      expect(new Set(threads.map(([, , , cpu]) => cpu))).toEqual(new Set(['0', '1']));
      for (const [, , , , start, time] of threads) expect(Number(start)).toBeLessThan(Number(time));
    },
  );

  test('lock=none loses updates and keeps its list whole', async () => {
    const { log } = await run(guest, `insmod /tmp/lab3.ko lock=none; ${settled}; rmmod lab3`);
    const [, total, expected, lost] = totals(log) ?? [];
    expect(expected).toBe('10000000');
    expect(Number(lost)).toBeGreaterThan(0);
    expect(Number(total) + 2 * Number(lost)).toBe(10_000_000);
    expect(log.match(/lab3: thread /g)).toHaveLength(10);
  });

  test.each([
    ['n_threads', '0', '1..1024'],
    ['n_threads', '1025', '1..1024'],
    ['n_threads', '-1', '1..1024'],
    ['n_threads', 'ten', '1..1024'],
    ['n_threads', '1e9', '1..1024'],
    ['increment', '0', '1..1000000'],
    ['increment', '1000001', '1..1000000'],
    ['n_times', '', '1..1000000000'],
    ['n_times', '99999999999999999999', '1..1000000000'],
  ])('%s=%s is refused, with the range', async (name, value, range) => {
    const { out, log } = await run(
      guest,
      `insmod /tmp/lab3.ko ${name}=${value} 2>&1 || true; cat /proc/modules`,
    );
    expect(out).toContain('Invalid argument');
    expect(out).not.toContain('lab3 ');
    expect(log).toContain(`lab3: ${name}=${value} is out of range ${range}\n`);
  });

  test('a lock that there is not is refused, with those that there are', async () => {
    const { out, log } = await run(guest, 'insmod /tmp/lab3.ko lock=OWN 2>&1 || true');
    expect(out).toContain('Invalid argument');
    expect(log).toContain('lab3: lock=OWN is not one of none own spinlock mutex atomic\n');
  });

  test('the greatest values that are allowed fit the total', async () => {
    const { out, log } = await run(
      guest,
      `insmod /tmp/lab3.ko n_threads=16 increment=1000000 n_times=1000000000; cat ${files}/total ${files}/state
       rmmod lab3`,
    );
    expect(out).toMatch(/^lab3: total=\d+ expected=16000000000000000 lock=own\nrunning\n$/);
    expect(log).toContain('lab3: stopped early, 16 of 16 threads unfinished\n');
  });

  test.each(['none', 'own', 'mutex'])('lock=%s is unloaded early, at once or later', async (lock) => {
    const load = `insmod /tmp/lab3.ko lock=${lock} n_threads=200 n_times=1000000000`;
    // At once: threads are still on their way to the barrier. 1e9 steps of 200 threads would take hours.
    const { log } = await run(guest, `${load}; rmmod lab3; ${load}; sleep 0.5; rmmod lab3`);
    expect(log.match(/stopped early, 200 of 200 threads unfinished/g)).toHaveLength(2);
    // Steps that were taken are counted, so a lock still loses nothing.
    for (const [, lost] of log.matchAll(/ lost=(\d+)/g)) if (lock !== 'none') expect(lost).toBe('0');
  });

  test('an error in the middle undoes what was done before', async () => {
    const { out, log } = await run(
      guest,
      `max=$(cat /proc/sys/kernel/threads-max); echo 150 >/proc/sys/kernel/threads-max
       insmod /tmp/lab3.ko n_threads=500 2>&1 || true
       echo $max >/proc/sys/kernel/threads-max; ps | grep -c '[l]ab3/[0-9]' || true; ls -d ${files} 2>&1 || true`,
    );
    expect(out).toMatch(/temporarily unavailable\n0\n.*No such file/s);
    expect(log).toMatch(/lab3: cannot create thread \d+ of 500\n/);
    expect(log).toMatch(/lab3: cannot start: error -11\n/);
  });

  test(
    `${cycles} loads and unloads leave no memory behind`,
    async () => {
      const locks = ['none', 'own', 'spinlock', 'mutex', 'atomic'];
      const loop = (count: number) =>
        `for lock in ${locks.join(' ')}; do i=0; while [ $i -lt ${Math.ceil(count / locks.length)} ]; do
         insmod /tmp/lab3.ko lock=$lock n_threads=4 n_times=50; rmmod lab3; i=$((i+1)); done; done`;
      const used = `echo 3 >/proc/sys/vm/drop_caches; sleep 1; awk '/^(SUnreclaim|KernelStack|VmallocUsed)/{sum+=$2} END{print "KiB", sum}' /proc/meminfo`;
      const { out } = await run(
        guest,
        `${loop(50)}; ${used}; ${loop(cycles)}; ${used}`,
        60_000 + cycles * 1000,
      );
      const [before, after] = [...out.matchAll(/KiB (\d+)/g)].map(([, kib]) => Number(kib));
      // One node that is never freed would come to 64 bytes × 4 threads × the cycles.
      const leak = Math.max(256, (cycles * 4 * 64) / 1024 / 2);
      expect((after ?? Number.POSITIVE_INFINITY) - (before ?? 0)).toBeLessThan(leak);
    },
    120_000 + cycles * 1000,
  );
});

test('on one CPU no lock stalls, and early unloading works', async () => {
  const guest = await moduleGuest('trixie', 1);
  try {
    for (const lock of ['own', 'spinlock', 'mutex', 'atomic']) {
      const { log } = await run(guest, `insmod /tmp/lab3.ko lock=${lock}; ${settled}; rmmod lab3`);
      expect(totals(log)?.slice(1, 4)).toEqual(['10000000', '10000000', '0']);
    }
    await run(guest, 'insmod /tmp/lab3.ko n_threads=100 n_times=1000000000; sleep 1; rmmod lab3');
  } finally {
    await guest.kill();
  }
});
