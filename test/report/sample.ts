/** Result documents as the tool makes them, in the shape that a test asks for. */
import type { Result, RunResult } from '../../lab/result.ts';

export interface SampleRun {
  lock?: string;
  nThreads?: number;
  increment?: number;
  nTimes?: number;
  vcpus?: number;
  /** Share of the updates that are lost, 0 to 1. */
  lostShare?: number;
  /** The run ended before it printed anything. */
  crashed?: boolean;
  /** First line in the log. */
  firstLine?: number;
}

/** A run like a real one: threads end one after another, values grow, an unlocked one loses updates. */
export function sampleRun(options: SampleRun = {}): RunResult {
  const {
    lock = 'own',
    nThreads = 10,
    increment = 2,
    nTimes = 500_000,
    vcpus = 2,
    firstLine = 300,
  } = options;
  const lostShare = options.lostShare ?? (lock === 'none' ? 0.4188 : 0);
  const each = BigInt(increment) * BigInt(nTimes);
  const expected = each * BigInt(nThreads);
  const lost = (expected * BigInt(Math.round(lostShare * 10_000))) / 10_000n;
  const elapsedNs = Math.round(nThreads * nTimes * (lock === 'none' ? 4.1 : 21.7));
  const base = {
    lock,
    nThreads,
    increment,
    nTimes,
    vcpus,
    expected: String(expected),
    elapsedNs,
    screenshot: lock === 'none' ? 'img/no_spinlock.png' : 'img/spinlock.png',
  };
  if (options.crashed) {
    const { screenshot: _, ...rest } = base;
    return {
      ...rest,
      elapsedNs: 0,
      threads: [],
      list: [],
      consoleLines: [firstLine, firstLine + 3],
      findings: [
        {
          kind: 'oops',
          severity: 'error',
          message: 'BUG: kernel NULL pointer dereference, address: 0000000000000010',
          consoleLine: firstLine + 1,
        },
      ],
    };
  }
  const total = expected - lost;
  const threads = Array.from({ length: nThreads }, (_, place) => {
    const share = (place + 1) / nThreads;
    return {
      index: (place * 7 + 3) % nThreads,
      cpu: place % vcpus,
      value: String(place === nThreads - 1 ? total : (total * BigInt(Math.round(share * 1000))) / 1000n),
      startNs: 900 + place * Math.round(elapsedNs / nThreads / 3),
      elapsedNs: Math.round(elapsedNs * (0.55 + 0.45 * share)),
    };
  });
  return {
    ...base,
    final: String(total),
    lostUpdates: String(lost / BigInt(increment)),
    threads,
    list: threads.map((thread) => thread.value),
    findings:
      lost > 0n && lock !== 'none'
        ? [{ kind: 'lost-updates', severity: 'error', message: `${lost} is missing under lock=${lock}` }]
        : [],
    consoleLines: [firstLine, firstLine + nThreads + 2],
  };
}

export function sampleResult(
  runs: readonly RunResult[] = sampleRuns(),
  change: Partial<Result> = {},
): Result {
  return {
    schema: 'lab3.result/1',
    createdAt: '2026-11-23T12:45:09.120Z',
    tool: 'lab3 0.1.0',
    module: { name: 'lab3', files: ['Kbuild', 'Makefile', 'lab3.c'] },
    guest: {
      provider: 'qemu',
      arch: 'amd64',
      kernel: '6.12.48+deb13-cloud-amd64',
      vcpus: 2,
      memoryMiB: 256,
      accelerator: 'tcg',
      hypervisor: 'QEMU emulator version 10.0.3 (Debian 1:10.0.3+ds-0+deb13u1)',
    },
    build: {
      builder: 'sandbox',
      compiler: 'gcc (Debian 14.2.0-19) 14.2.0',
      kernelRelease: '6.12.48+deb13-cloud-amd64',
      vermagic: '6.12.48+deb13-cloud-amd64 SMP preempt mod_unload modversions ',
      arch: 'amd64',
      sourceSha256: '7f83b1657ff1fc53b92dc18148a1d65dfc2d4b1fa3d677284addd200126d9069',
      warnings: [],
      cached: false,
      elapsedMs: 1312,
    },
    packages: [
      'gcc-14',
      'make',
      'linux-image-6.12.48+deb13-cloud-amd64',
      'qemu-system-x86',
      'busybox-static',
    ].map((name, index) => ({ name, version: `1:${index + 10}.2-${index + 1}+b1`, sha256: 'ab'.repeat(32) })),
    runs: [...runs],
    ...change,
  };
}

export const sampleRuns = (options: SampleRun = {}): RunResult[] => [
  sampleRun({ ...options, lock: 'none' }),
  sampleRun({ ...options, lock: 'own', firstLine: 300 + (options.nThreads ?? 10) + 3 }),
];

/** The log that belongs to a result: boot, then the lines that each run's `consoleLines` point at. */
export function sampleDmesg(result: Result): string {
  const lines: string[] = [];
  const say = (text: string) => lines.push(`[${(lines.length * 0.0107).toFixed(6).padStart(12)}] ${text}`);
  const boot = Math.min(...result.runs.map((run) => run.consoleLines?.[0] ?? 1)) - 1;
  say(`Linux version ${result.guest.kernel} (debian-kernel@lists.debian.org) (x86_64-linux-gnu-gcc-14)`);
  while (lines.length < boot)
    say(`pci 0000:00:${(lines.length % 32).toString(16).padStart(2, '0')}.0: enabling device`);
  for (const run of result.runs) {
    say(
      `lab3: start lock=${run.lock} n_threads=${run.nThreads} increment=${run.increment} n_times=${run.nTimes} expected=${run.expected}`,
    );
    if (run.final === undefined) {
      say('BUG: kernel NULL pointer dereference, address: 0000000000000010');
      say('#PF: supervisor write access in kernel mode');
      say('Oops: Oops: 0002 [#1] PREEMPT SMP PTI');
      continue;
    }
    say(`lab3: finished ${run.nThreads} threads`);
    for (const each of run.threads)
      say(
        `lab3: thread ${each.index}: value=${each.value} cpu=${each.cpu} start_ns=${each.startNs} time_ns=${each.elapsedNs}`,
      );
    say(
      `lab3: total=${run.final} expected=${run.expected} lost=${run.lostUpdates} time_ns=${run.elapsedNs} lock=${run.lock}`,
    );
  }
  return `${lines.join('\n')}\n`;
}
