import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isDumpLine } from '../../lab/console/dump.ts';
import { readOutcome } from '../../lab/outcome.ts';

const file = (name: string) => readFileSync(new URL(`./data/${name}.txt`, import.meta.url), 'utf8');
const spec = (nThreads = 10, nTimes = 500_000, increment = 2, lock: 'none' | 'own' = 'none') => ({
  lock,
  nThreads,
  increment,
  nTimes,
  expected: String(BigInt(nThreads) * BigInt(increment) * BigInt(nTimes)),
});
const kinds = (outcome: { findings: { kind: string }[] }) => outcome.findings.map(({ kind }) => kind);

describe('our own module, recorded', () => {
  test('an unlocked run', () => {
    const outcome = readOutcome(file('runs/none'), spec());
    expect(outcome).toMatchObject({
      final: '5559230',
      lostUpdates: '2220385',
      elapsedNs: 1_640_491_870,
      findings: [],
    });
    expect(outcome.list.slice(0, 3)).toEqual(['4711124', '4896156', '4991836']);
    expect(outcome.threads).toHaveLength(10);
    expect(outcome.threads[0]).toEqual({
      index: 5,
      value: '4711124',
      cpu: 1,
      startNs: 5_522_651,
      elapsedNs: 1_356_627_186,
    });
  });

  test('a locked run', () => {
    const outcome = readOutcome(file('runs/own'), spec(4, 100_000, 2, 'own'));
    expect(outcome).toMatchObject({ final: '800000', lostUpdates: '0', findings: [] });
    expect(outcome.list.at(-1)).toBe('800000');
  });

  test('a run that was stopped early', () => {
    const outcome = readOutcome(file('runs/stopped'), spec(10, 100_000_000, 2, 'own'));
    expect(outcome.final).toBe('610304');
    expect(kinds(outcome)).toEqual(['stopped-early']);
    expect(outcome.list).toHaveLength(10);
  });

  test('the log of more than one load: the last one counts', () => {
    const outcome = readOutcome(file('runs/none') + file('runs/own'), spec(4, 100_000, 2, 'own'));
    expect(outcome.final).toBe('800000');
    expect(outcome.threads).toHaveLength(4);
  });
});

test('a module made from the skeleton', () => {
  const text = `[    3.000001] lab3: start lock=own n_threads=2 increment=2 n_times=5
[    3.000002] lab3: thread 1: value=8
[    3.000003] lab3: thread 0: value=20
[    3.000004] lab3: total=20 expected=20 lock=own
`;
  expect(readOutcome(text, spec(2, 5, 2, 'own'))).toEqual({
    threads: [
      { index: 1, value: '8' },
      { index: 0, value: '20' },
    ],
    list: ['8', '20'],
    final: '20',
    lostUpdates: '0',
    findings: [],
  });
});

describe('our own module, damaged', () => {
  test('a line with another written into it is counted, not read', () => {
    const text = file('runs/none').replace('value=4896156 cpu=0', 'val[    6.6] lab3: total=12');
    const outcome = readOutcome(text, spec());
    expect(outcome.list).toHaveLength(9);
    expect(outcome.final).toBe('5559230');
    expect(kinds(outcome)).toEqual(['garbled']);
    expect(outcome.findings[0]?.consoleLine).toBe(4);
  });

  test('a line that ends in the middle of a number is not read', () => {
    const outcome = readOutcome(file('runs/none').replace('4896156 cpu=0 start_ns=17433683', '489'), spec());
    expect(outcome.list).toHaveLength(9);
    expect(kinds(outcome)).toEqual(['garbled']);
  });

  test('a console cut in the middle of the list has no total', () => {
    const outcome = readOutcome(file('runs/none').slice(0, 700), spec());
    expect(outcome.final).toBeUndefined();
    expect(outcome.lostUpdates).toBeUndefined();
    expect(kinds(outcome)).toEqual(expect.arrayContaining(['no-total']));
  });

  test('dropped messages are said', () => {
    const text = file('runs/none').replace(/[^\n]*thread 8[^\n]*\n/, '** 3 printk messages dropped **\n');
    const outcome = readOutcome(text, spec());
    expect(kinds(outcome)).toEqual(['dropped']);
    expect(outcome.list).toHaveLength(9);
  });

  test('parameters that the module did not follow', () => {
    const outcome = readOutcome(file('runs/none'), spec(7));
    expect(kinds(outcome)).toEqual(['parameters-ignored']);
    expect(outcome.findings[0]?.message).toContain('n_threads=7');
  });

  test('two totals in one unload', () => {
    const text = `${file('runs/own')}[    9.000001] lab3: total=5 expected=800000 lost=9 time_ns=1 lock=own\n`;
    expect(kinds(readOutcome(text, spec(4, 100_000, 2, 'own')))).toEqual(['ambiguous-total', 'odd-total']);
  });

  test('a total that passed 32 bits', () => {
    const text = file('runs/own').replaceAll('800000', String(4_000_000_000_0n % 2n ** 32n));
    const outcome = readOutcome(
      text.replaceAll('100000 ', '1000000000 ').replace('n_threads=4', 'n_threads=20'),
      {
        ...spec(20, 1_000_000_000, 2, 'own'),
      },
    );
    expect(kinds(outcome)).toContain('overflow');
  });

  test('an oops is a finding with its place and line', () => {
    const outcome = readOutcome(file('kernel-log/6.12-null-thread'), spec(2));
    expect(outcome.findings).toContainEqual(
      expect.objectContaining({ kind: 'oops', severity: 'error', consoleLine: 4 }),
    );
    expect(outcome.findings[0]?.message).toContain('count_up() of faulty');
  });

  test('the same report many times is one finding', () => {
    const outcome = readOutcome(file('kernel-log/6.12-deadlock'), spec(2));
    const lockups = outcome.findings.filter(({ kind }) => kind === 'soft-lockup');
    expect(lockups).toHaveLength(1);
    expect(lockups[0]?.message).toMatch(/\(\d+ times\)$/);
  });

  test('a data race is what an unlocked run is for', () => {
    const severity = (lock: 'none' | 'own') =>
      readOutcome(file('kernel-log/kcsan'), spec(4, 100_000, 2, lock)).findings.find(
        ({ kind }) => kind === 'kcsan',
      )?.severity;
    expect(severity('none')).toBe('note');
    expect(severity('own')).toBe('error');
  });

  test('a stall without the module on the stack may be a slow computer', () => {
    const text = file('kernel-log/6.12-rcu').replaceAll(' [faulty]', '');
    const { findings } = readOutcome(text, spec());
    expect(findings.find(({ kind }) => kind === 'rcu-stall')?.severity).toBe('warning');
  });
});

describe('a student’s module, by its looks', () => {
  const nodes = (form: (index: number, value: number) => string) =>
    [0, 1, 2, 3].map((index) => `[    5.0000${index}0] mod: ${form(index, 100 + index * 50)}`);
  const run = (lines: string[]) =>
    readOutcome(
      `[    4.000001] mod: loading out-of-tree module taints kernel.\n${lines.join('\n')}\n`,
      spec(4, 50),
    );

  test.each([
    'Global_Counter = 260',
    'Counter value is #260!',
    'Result = 260',
    'global var: 260',
    'final glob_var = 260',
    'Total: 260.',
    'shared variable is 260',
  ])('%s', (line) => {
    const outcome = run([...nodes((index, value) => `Thread ${index}: ${value}`), `[    6.000001] ${line}`]);
    expect(outcome).toMatchObject({ final: '260', lostUpdates: '70', findings: [] });
    expect(outcome.list).toEqual(['100', '150', '200', '250']);
    expect(outcome.threads[1]).toEqual({ index: 1, value: '150' });
  });

  test('a list alone', () => {
    const outcome = run(nodes((_, value) => `node value = ${value}`));
    expect(outcome).toMatchObject({
      final: '250',
      findings: [{ kind: 'total-from-list', severity: 'note' }],
    });
  });

  test('a list in one line', () => {
    const outcome = run(['mod: list: 10 20 30 40', 'mod: counter = 40']);
    expect(outcome).toMatchObject({ final: '40', list: ['10', '20', '30', '40'], findings: [] });
  });

  test('what was planned is no result', () => {
    const outcome = run([
      'mod: expected result = 400',
      'mod: n_threads = 4',
      ...nodes((i, v) => `thr ${i} = ${v}`),
      'mod: result = 380',
    ]);
    expect(outcome).toMatchObject({ final: '380', findings: [] });
  });

  test('two numbers that may be the total are said, not guessed', () => {
    const outcome = run(['mod: final counter = 380', 'mod: total counter = 390']);
    expect(outcome.final).toBeUndefined();
    expect(outcome.findings).toMatchObject([{ kind: 'ambiguous-total', severity: 'error' }]);
    expect(outcome.findings[0]?.message).toContain('final counter = 380');
  });

  // As mm/show_mem.c, lib/dump_stack.c and arch/x86 print them, without a headline that says what they belong to.
  const dumps = `insmod invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
CPU: 1 UID: 0 PID: 144 Comm: insmod Tainted: G           OE      6.12.117 #1  Debian 6.12.117-1
RIP: 0033:0x47fbe9
Code: 08 89 28 51 08 89 28 51 08 89 28 51 <48> 51
RSP: 002b:00007fff96691ed8 EFLAGS: 00000246 ORIG_RAX: 0000000000000139
RAX: 0000000000000000 RBX: 0000000037022020 RCX: 0000000000000003
RDX: 0000000000000000 RSI: 0000000037022020 RDI: 0000000000000003
RBP: 0000000000000003 R08: 0000000000000000 R09: 0000000000000000
FS:  0000000037020300(0000) GS:0000000000500000(0000) knlGS:0000000000000000
Call Trace:
 <TASK>
 dump_header+0x44/0x200
 ? out_of_memory+0x10/0x500 [mod]
 </TASK>
Mem-Info:
active_anon:12 inactive_anon:345 isolated_anon:0
 unevictable:0 dirty:0 writeback:0
 slab_reclaimable:1234 slab_unreclaimable:5678
 mapped:0 shmem:12 pagetables:34
 free:600 free_pcp:20 free_cma:0
Node 0 active_anon:48kB inactive_anon:1380kB shmem:12kB all_unreclaimable? yes
Node 0 DMA free:1024kB boost:0kB min:100kB low:124kB high:148kB
lowmem_reserve[]: 0 187 187 187
Node 0 DMA: 2*4kB (UM) 1*8kB (U) 3*16kB (UM) = 1024kB
Node 0 hugepages_total=0 hugepages_free=0 hugepages_surp=0 hugepages_size=2048kB
12 total pagecache pages
0 pages in swap cache
Free swap  = 0kB
Total swap = 0kB
65403 pages RAM
0 pages HighMem/MovableOnly
9876 pages reserved
Tasks state (memory values in pages):
[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name
[    144]     0   144      512      110       10      100         0    45056        0             0 insmod
x29: 0000000000000012 x28: 0000000000000034 x27: 0000000000000056
x9 : 0000000000000012 x8 : 0000000000000034 x7 : 0000000000000056
0000000000000012 0000000000000034 0000000000000056 0000000000000078`.split('\n');

  test('the kernel’s dumps hold no result, whatever they belong to', () => {
    for (const nThreads of [1, 3, 4]) {
      const alone = readOutcome(`mod: hello\n${dumps.join('\n')}\n`, spec(nThreads, 50));
      expect(alone).toMatchObject({ threads: [], list: [] });
      expect(alone.final).toBeUndefined();
    }
    for (const line of dumps)
      expect(run(Array.from({ length: 4 }, () => line))).toMatchObject({ threads: [], list: [] });
    const among = run([
      ...dumps,
      ...nodes((index, value) => `Thread ${index}: ${value}`),
      ...dumps,
      'mod: counter = 260',
    ]);
    expect(among).toMatchObject({ final: '260', list: ['100', '150', '200', '250'] });
  });

  test.each([
    'Total = 260',
    'RES: 260',
    'Free: total 260',
    'mod: code: total 260',
    'Node total: 5',
    'CPU 1 total: 260',
    'Node 1 = 260',
    'Node 0 value 50',
    '[1] 100 of 400',
    'R1: 2600',
    'free: 260',
    'Code: 26',
  ])('what only looks like one is the module’s: %s', (line) => expect(isDumpLine(line)).toBe(false));

  test('nothing at all', () => {
    expect(kinds(run(['mod: hello', 'mod: bye']))).toEqual(['no-total']);
  });

  test('lines whose value cannot be told are said', () => {
    const outcome = run([
      ...nodes((index, value) => `T ${index} ${value} / ${value * 3}`),
      'mod: result = 5',
    ]);
    expect(kinds(outcome)).toContain('ambiguous-list');
  });
});

describe('a student’s module, by formats', () => {
  const text = `[    5.000001] mod: thr 2 ended with 30 after 12 ms
[    5.000002] mod: thr 1 ended with 60 after 17 ms
[    6.000001] mod: list -> 30 -> 60
[    6.000002] mod: It is 60 now, not 80
[    6.000003] mod: took 20 ms
`;
  test('all four', () => {
    const outcome = readOutcome(text, spec(2, 20), {
      total: 'It is {value} now, not %d\\n',
      thread: 'thr {index} ended with {value} after {time_ms} ms',
      list: 'list -> {values}',
      time: 'took {time_ms} ms',
    });
    expect(outcome).toEqual({
      threads: [
        { index: 2, value: '30', elapsedNs: 12e6 },
        { index: 1, value: '60', elapsedNs: 17e6 },
      ],
      list: ['30', '60'],
      final: '60',
      lostUpdates: '10',
      elapsedNs: 20e6,
      findings: [],
    });
  });

  test('a format that no line has', () => {
    expect(kinds(readOutcome(text, spec(2, 20), { total: 'Sum = %d' }))).toEqual(['no-total']);
  });

  test('a format for the thread alone leaves the total to its looks', () => {
    const outcome = readOutcome(`${text}[    7.000001] mod: result = 70\n`, spec(2, 20), {
      thread: 'thr {index} ended with {value} after',
    });
    expect(outcome.final).toBe('70');
    expect(outcome.threads).toHaveLength(2);
  });
});

test('no text makes it throw, and its numbers stay those of the schema', () => {
  const words = fc.constantFrom(
    'lab3: ',
    'thread ',
    'total=',
    'value=',
    'expected=',
    '9'.repeat(25),
    '-7',
    ' ',
    '\n',
    '= ',
    'counter',
    'cpu=1 start_ns=2 time_ns=3',
    'start lock=own n_threads=',
    '#',
    '\r',
  );
  const anyText = fc.array(fc.oneof(words, fc.string({ unit: 'binary' }), fc.integer().map(String)), {
    maxLength: 80,
  });
  fc.assert(
    fc.property(
      anyText,
      fc.constantFrom({}, { total: 'total=%d' }, { thread: 'thread {index}: value={value}' }),
      (parts, patterns) => {
        const outcome = readOutcome(parts.join(''), spec(3, 4), patterns);
        for (const value of [...outcome.list, ...(outcome.final === undefined ? [] : [outcome.final])]) {
          expect(value).toMatch(/^(?:0|-?[1-9]\d*)$/);
        }
        for (const { index } of outcome.threads) expect(Number.isSafeInteger(index) && index >= 0).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
}, 60_000);

describe('a module that prints more than anyone asked for', () => {
  test.each([
    ['nodes', 'lab3: thread 1: value=5 cpu=0\n'.repeat(200_000)],
    ['nodes that are cut', `lab3: thread 1: value=5 cpu=0\n${'lab3: thread 2: value=5\n'.repeat(200_000)}`],
  ])('is read as far as it helps: %s', (_, flood) => {
    const text = `lab3: start n_threads=10\n${flood}lab3: total=5 expected=10\n`;
    const { list } = readOutcome(text, spec());
    expect(list.length).toBeGreaterThan(0);
    expect(list.length).toBeLessThanOrEqual(4096);
  });
});

describe('a module that prints without end', () => {
  test('of thousands of forms has few findings, and is read in little time', { timeout: 60_000 }, () => {
    const word = (at: number) => `q${[...String(at)].map((digit) => 'abcdefghij'[Number(digit)]).join('')}`;
    const lines = (count: number, rest: string) =>
      Array.from({ length: count }, (_, at) => `${word(at)}${rest}\n`.repeat(2)).join('');
    const { findings } = readOutcome(lines(80_000, ' 9 9'), spec(2));
    expect(findings.length).toBeLessThan(20);
    expect(findings.map(({ message }) => message).join()).toMatch(/So do lines of 7\d{4} more forms\./);
    expect(readOutcome(lines(100_000, ' 8'), spec(2)).findings.length).toBeLessThan(20);
  });
});
