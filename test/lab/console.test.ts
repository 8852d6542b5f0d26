import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readLines } from '../../lab/console/line.ts';
import { patterns } from '../../lab/console/patterns.ts';
import { parseConsole, wantsTaints } from '../../lab/console.ts';

// 6.1-, 6.12- and arm64- were recorded from Debian's cloud kernels in QEMU with a module that fails on request;
// the others are written by the formats of the kernel's source, for options that Debian's kernels do not have.
// Each has the answer beside it; `vitest -u` writes it anew, and the difference is to be read before it is kept.
const folder = new URL('./data/kernel-log/', import.meta.url);
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.txt'))
  .map((name) => name.slice(0, -4));

const read = (name: string) => readFileSync(new URL(`${name}.txt`, folder), 'utf8');

describe('recorded logs', () => {
  test.each(names)('%s', async (name) => {
    const events = parseConsole(read(name)).map(
      ({ raw: _raw, means: _means, time: _time, ...event }) => event,
    );
    const answer = events.map((event) => `${JSON.stringify(event)}\n`).join('');
    await expect(answer).toMatchFileSnapshot(`./data/kernel-log/${name}.jsonl`);
  });

  test('every report is the lines it says it is', () => {
    for (const name of names) {
      const lines = readLines(read(name)).map(({ text }) => text);
      for (const event of parseConsole(read(name))) {
        if (event.kind === 'dropped' || event.kind === 'imitation') continue;
        const range = lines.slice(event.lines[0] - 1, event.lines[1]).join('\n');
        if (name !== 'cut-off') expect(range.slice(0, 16_384)).toBe(event.raw);
      }
    }
  });

  test('together they use every kind of the table that a module can cause', () => {
    const seen = new Set(names.flatMap((name) => parseConsole(read(name)).map(({ kind }) => kind)));
    const unseen = [...new Set(patterns.map(({ kind }) => kind))].filter((kind) => !seen.has(kind));
    expect(unseen).toEqual(['hard-lockup', 'out-of-memory', 'load']);
  });
});

describe('what is the kernel’s', () => {
  const oops = read('6.12-null');

  test('a crash that the kernel’s taints do not bear out is the module’s imitation', () => {
    const text = [
      'BUG: unable to handle page fault for address: ffffc90000000000',
      'RIP: 0010:worker_thread+0x1f/0x40 [fake]',
      'Kernel panic - not syncing: Fatal exception',
      'Rebooting in 1 seconds..',
      '',
    ].join('\n');
    const kinds = (taints?: number) => parseConsole(text, taints).map(({ kind }) => kind);
    expect(kinds()).toEqual(['oops', 'panic']);
    // A module from outside the tree taints too; an oops has a bit of its own.
    expect(kinds(0x3000)).toEqual(['imitation', 'imitation']);
    expect(kinds(0x3080)).toEqual(['oops', 'imitation']);
    expect(wantsTaints(parseConsole(text))).toBe(true);
    expect(wantsTaints(parseConsole('lab3: loading out-of-tree module taints kernel.\n'))).toBe(false);
  });

  test('a line without its company is the module’s imitation', () => {
    const text = `[    1.0] x: hello\nBUG: kernel NULL pointer dereference, address: 0000000000000000\n${'x: node\n'.repeat(20)}`;
    expect(parseConsole(text).map(({ kind }) => kind)).toEqual(['imitation']);
  });

  test('a false report before a real one of another kind does not borrow its company', () => {
    const fake = '[    4.000001] BUG: KASAN: slab-out-of-bounds in f+0x1/0x2 [x]\n';
    expect(parseConsole(fake + oops).map(({ kind }) => kind)).toEqual(['imitation', 'oops']);
  });

  test('a console that broke off at the headline is believed', () => {
    const text = oops.split('\n').slice(0, 5).join('\n');
    expect(parseConsole(text).map(({ kind }) => kind)).toEqual(['oops']);
  });

  test('lines of another CPU in the middle of a report do not end it', () => {
    const lines = oops.split('\n');
    const mixed = lines.flatMap((line, at) =>
      at % 5 === 4 ? [line, '[    4.2] faulty: thread 1: value=5'] : [line],
    );
    const [event, ...rest] = parseConsole(mixed.join('\n'));
    expect(rest).toEqual([]);
    expect(event).toMatchObject({ kind: 'oops', inModule: { function: 'count_up', module: 'faulty' } });
    expect(event?.raw).toContain('end trace');
  });

  test('prefixes of every console are taken off', () => {
    const plain = oops.replaceAll(/^\[ *[\d.]+\] /gm, '');
    const dressed = plain
      .split('\n')
      .map((line) => `<4>[   12.345678][  T143] ${line}\r`)
      .join('\n');
    const shape = (text: string) => parseConsole(text).map(({ time: _time, ...event }) => event);
    expect(shape(dressed)).toEqual(shape(plain));
    expect(parseConsole(dressed)[0]?.time).toBe(12.345678);
  });
});

describe('any text', () => {
  const pieces = fc.constantFrom(
    ...names.flatMap((name) => read(name).split('\n').slice(0, 40)),
    '',
    '\r',
    '** 3 printk messages dropped ** ',
    '------------[ cut here ]------------',
  );

  test('never throws, and events stay in order and within the text', () => {
    const anyText = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc.array(fc.oneof(pieces, fc.string()), { maxLength: 120 }).map((lines) => lines.join('\n')),
    );
    fc.assert(
      fc.property(anyText, (text) => {
        const count = text.split('\n').length;
        let last = 0;
        for (const event of parseConsole(text)) {
          expect(event.lines[0]).toBeGreaterThanOrEqual(last);
          expect(event.lines[1]).toBeGreaterThanOrEqual(event.lines[0]);
          expect(event.lines[1]).toBeLessThanOrEqual(count);
          expect(event.raw.length).toBeLessThanOrEqual(16_384);
          last = event.lines[1];
        }
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  test('no text makes it slow or large', () => {
    const nasty = [
      `${'a'.repeat(200_000)}\n`.repeat(20),
      'BUG: KASAN: x in y\n'.repeat(50_000),
      `BUG: scheduling while atomic: ${'/1'.repeat(400)}\n`.repeat(5_000),
      '** 9 printk messages dropped ** '.repeat(20_000),
      `${'** 9 printk messages dropped **\n'.repeat(20_000)}`,
      '='.repeat(500_000),
      'refcount_t: underflow; use-after-free.\n'.repeat(20_000),
      // Each might have the next two hundred for its company.
      'int3: 0000 [#1]\n'.repeat(120_000),
      'BUG kmalloc-64 (Tainted: G): Poison overwritten\n'.repeat(40_000),
      '\n'.repeat(2_000_000),
    ];
    for (const text of nasty) {
      // No clock: what would be more than linear here does not end within the test's own limit.
      expect(parseConsole(text).length).toBeLessThanOrEqual(1000);
    }
  }, 60_000);
});

describe('code that is gone', () => {
  const text = readFileSync(new URL('data/kernel-log/6.12-outlive.txt', import.meta.url), 'utf8');
  const kinds = (log: string) => parseConsole(log).map(({ kind }) => kind);

  test('is the module’s where its address has been given its name', () => {
    expect(kinds(text.replaceAll(/RIP: 0010:0x\w+/g, 'RIP: 0010:work+0x57/0x90 [faulty]'))).toContain(
      'outlives-module',
    );
  });

  test('is not that of a module that is loaded again', () => {
    expect(kinds(text.replace('linked in: [last', 'linked in: faulty(OE) [last'))).not.toContain(
      'outlives-module',
    );
  });
});
