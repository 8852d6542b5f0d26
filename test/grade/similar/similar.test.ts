import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { findSimilar } from '../../../grade/similar/find-similar.ts';
import { gramHashes, winnow, winnowing } from '../../../grade/similar/fingerprints.ts';
import { matchesOf, prepare } from '../../../grade/similar/matches.ts';
import { maxTokens, tokensOf } from '../../../grade/similar/tokens.ts';

const module = (name: string) => readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8');
const lab3 = module('module/lab3.c');
const skeleton = module('module/skeleton/lab3.c');
const ticket = module('test/corpus/modules/right_ticket/right_ticket.c');
const files = (content: Record<string, string>) =>
  new Map(Object.entries(content).map(([name, text]) => [name, Buffer.from(text)]));
const one = (key: string, text: string) => ({ key, files: files({ [`${key}.c`]: text }) });
const none = files({});
const codes = (text: string) => [...tokensOf(files({ 'a.c': text })).codes];

/** As somebody would who hopes that nobody sees it. */
function disguised(source: string): string {
  return source
    .replace(/\/\*.*?\*\//gs, '')
    .replace(/\bresults?\b/g, 'answers')
    .replace(/\bworker/g, 'helper')
    .replace(/\btotal\b/g, 'sum')
    .replace(/\b\d+\b/g, (digits) => String(Number(digits) + 1))
    .replace(/\{\n/g, '\n{   // begin\n')
    .replace(/\t/g, '  ');
}

describe('tokens', () => {
  test.each([
    ['names', 'int a = b;', 'int x = y;'],
    ['numbers and texts', 'f(1, "x", 0x2UL);', 'f(23, "yy\\"", 1.5e-3);'],
    ['layout and comments', 'if(a){b();}', 'if ( a ) // no\n{\n/* if */ b ( ) ;\n}\n'],
    ['own functions', 'void f(void){} void g(void){f();}', 'void p(void){} void q(void){p();}'],
    ['headers', '#include <linux/a.h>\nint a;', '#include "b.h"\nint a;'],
  ])('%s make no difference', (_, a, b) => {
    expect(codes(a)).toEqual(codes(b));
  });

  test.each([
    ['the kernel’s functions', 'void f(void){kfree(a);}', 'void f(void){vfree(a);}'],
    ['keywords', 'for (;;)', 'while (;;)'],
    ['signs', 'a += b;', 'a -= b;'],
    ['types', 'u32 a;', 'u64 a;'],
  ])('%s do', (_, a, b) => {
    expect(codes(a)).not.toEqual(codes(b));
  });

  test('lines are where the tokens are', () => {
    const { lineOf } = tokensOf(files({ 'a.c': 'int\n/* two\nlines */ a;\n#include <x>\n"t\\\nu" b' }));
    expect([...lineOf]).toEqual([1, 3, 3, 5, 6]);
  });

  test('whatever the text, it is read to its end and at once', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('/', '*', '"', "'", '\\', '\n', 'a', '1', '.', '#', ' ') }),
        (text) => {
          const { lineOf } = tokensOf(files({ 'a.c': text }));
          expect([...lineOf].every((line, at) => line >= (lineOf[at - 1] ?? 1))).toBe(true);
          expect(Math.max(1, ...lineOf)).toBeLessThanOrEqual(text.split('\n').length);
        },
      ),
    );
    const started = performance.now();
    for (const text of ['/*', '"', "'\\", '#', '/', 'a', '1e+', '\n']) codes(text.repeat(1 << 20));
    expect(performance.now() - started).toBeLessThan(30_000);
  });
});

describe('winnowing', () => {
  const hashes = fc.array(fc.nat({ max: 6 }), { maxLength: 60 }).map((list) => Uint32Array.from(list));

  test('each window of hashes has its least chosen, and nothing else is chosen', () => {
    fc.assert(
      fc.property(hashes, fc.integer({ min: 1, max: 8 }), (list, window) => {
        const chosen = new Set(winnow(list, window).map(({ at }) => at));
        const wanted = new Set<number>();
        let start = 0;
        for (let end = 0; end <= list.length; end += 1) {
          if (end < list.length && list[end] !== 0) continue;
          const piece = [...list.slice(start, end)];
          const size = Math.min(window, piece.length);
          for (let from = 0; size > 0 && from + size <= piece.length; from += 1) {
            const part = piece.slice(from, from + size);
            const least = part.lastIndexOf(Math.min(...part)) + from + start;
            // An earlier choice that is still in the window and as small stays.
            if (![...wanted].some((at) => at >= from + start && list[at] === list[least])) wanted.add(least);
          }
          start = end + 1;
        }
        for (const at of chosen) expect(list[at]).not.toBe(0);
        const values = (set: ReadonlySet<number>) => new Set([...set].map((at) => list[at]));
        expect(values(chosen)).toEqual(values(wanted));
      }),
    );
  });

  test('the hash of a run does not depend on what is before it', () => {
    const code = fc.integer({ min: 1, max: 1000 });
    const run = fc.array(code, { minLength: winnowing.k, maxLength: winnowing.k });
    fc.assert(
      fc.property(fc.array(code, { maxLength: 40 }), run, (before, own) => {
        const alone = gramHashes(Int32Array.from(own))[0];
        expect(gramHashes(Int32Array.from([...before, ...own]))[before.length]).toBe(alone);
      }),
    );
  });

  test('what two share is found where it is long enough, wherever it stands', () => {
    const code = fc.integer({ min: 1, max: 1 << 30 });
    const least = winnowing.k + winnowing.window - 1;
    const shared = fc.uniqueArray(code, { minLength: least, maxLength: 60 });
    const around = fc.array(code, { maxLength: 60 });
    fc.assert(
      fc.property(shared, around, around, around, (same, a, b, c) => {
        const print = (list: number[]) =>
          new Set(winnow(gramHashes(Int32Array.from(list))).map(({ hash }) => hash));
        const [left, right] = [print([...a, ...same, ...b]), print([...c, ...same])];
        expect([...left].some((hash) => right.has(hash))).toBe(true);
      }),
    );
  });
});

describe('matches', () => {
  test('no token is in two of them, and all of them are the same on both sides', () => {
    const statement = fc.constantFrom(
      'a = b + c;',
      'f(a, b);',
      'if (a) b();',
      'for (i = 0; i < 9; i++) x[i] = y;',
      'kfree(p);',
      'return 0;',
    );
    const source = fc.array(statement, { minLength: 5, maxLength: 60 }).map((list) => list.join('\n'));
    fc.assert(
      fc.property(source, source, (x, y) => {
        const [a, b] = [x, y].map((text) => prepare(files({ 'a.c': text }), new Set()));
        if (a === undefined || b === undefined) return;
        const used = { a: new Set<number>(), b: new Set<number>() };
        for (const match of matchesOf(a, b)) {
          expect(match.length).toBeGreaterThanOrEqual(winnowing.k + winnowing.window - 1);
          for (let at = 0; at < match.length; at += 1) {
            expect(a.codes[match.a + at]).toBe(b.codes[match.b + at]);
            expect(used.a.has(match.a + at) || used.b.has(match.b + at)).toBe(false);
            used.a.add(match.a + at);
            used.b.add(match.b + at);
          }
        }
      }),
    );
  });
});

describe('pairs', () => {
  test('a disguised copy is found, and somebody else’s work is not', () => {
    const pairs = findSimilar([one('copy', disguised(lab3)), one('lab3', lab3), one('ticket', ticket)], none);
    expect(pairs).toEqual([{ a: 'copy', b: 'lab3', share: expect.any(Number), tokens: expect.any(Number) }]);
    expect(pairs[0]?.share).toBeGreaterThan(0.95);
  });

  test('a copy in pieces, in another order, and in several files', () => {
    const functions = lab3.split(/\n(?=static |\/\*)/);
    const turned = functions.toReversed().join('\n');
    const half = Math.floor(functions.length / 2);
    const split = {
      key: 'split',
      files: files({ 'a.c': functions.slice(half).join('\n'), 'b.h': functions.slice(0, half).join('\n') }),
    };
    const pairs = findSimilar([one('lab3', lab3), one('turned', turned), split], none);
    expect(pairs.map(({ a, b }) => `${a} ${b}`).sort()).toEqual([
      'lab3 split',
      'lab3 turned',
      'split turned',
    ]);
    for (const { share } of pairs) expect(share).toBeGreaterThan(0.8);
  });

  test('what everybody was given is left out', () => {
    const filled = (text: string) =>
      skeleton.replace('/* Your part: stop each thread and wait until it has ended. */', text);
    const students = [one('a', filled('kthread_stop(a);')), one('b', filled('while (b) msleep(1);'))];
    expect(findSimilar(students, none)).toHaveLength(1);
    expect(findSimilar(students, files({ 'skeleton/lab3.c': skeleton }))).toEqual([]);
  });

  test('a group’s submission is not similar to itself; two that are the same are', () => {
    const { files: shared } = one('x', lab3);
    expect(
      findSimilar(
        [
          { key: 'a', files: shared },
          { key: 'b', files: shared },
        ],
        none,
      ),
    ).toEqual([]);
    expect(findSimilar([one('a', lab3), one('b', lab3)], none)).toMatchObject([{ a: 'a', b: 'b', share: 1 }]);
  });

  test('half a class that has copied is not overlooked, unless asked to', () => {
    const class_ = Array.from({ length: 12 }, (_, at) => one(`s${at}`, lab3));
    expect(findSimilar(class_, none)).toHaveLength(66);
    expect(findSimilar(class_, none, { commonTo: 8 })).toEqual([]);
  });

  test('thresholds', () => {
    const students = [one('a', lab3), one('b', `${lab3}\n${ticket}`), one('c', ticket)];
    const pairs = (threshold: number) =>
      findSimilar(students, none, { threshold })
        .map(({ a, b }) => a + b)
        .sort();
    expect(pairs(0.9)).toEqual(['ab', 'bc']);
    expect(findSimilar(students, none, { threshold: 0.9, minTokens: 1e6 })).toEqual([]);
    expect(findSimilar([one('a', 'int a;'), one('b', 'int a;')], none)).toEqual([]);
  });

  test('the order of the submissions does not matter', () => {
    const students = [
      one('a', lab3),
      one('b', disguised(lab3)),
      one('c', ticket),
      one('d', `${ticket}\nint x;`),
    ];
    expect(findSimilar(students.toReversed(), none)).toEqual(findSimilar(students, none));
  });

  test('a large class takes less than a second of work', () => {
    // 300 lines each, of which no two are alike for long.
    const student = (seed: number) => {
      let state = seed * 7919 + 1;
      const random = (below: number) => {
        state = (Math.imul(state, 1103515245) + 12345) >>> 0;
        return (state >>> 8) % below;
      };
      const operators = ['+', '-', '*', '/', '&', '|', '<<', '>', '==', '&&'];
      const calls = [
        'kfree',
        'msleep',
        'kthread_run',
        'list_add',
        'atomic_read',
        'pr_info',
        'cpu_relax',
        'schedule',
      ];
      const value = (): string =>
        random(3) > 0 ? 'a' : `${calls[random(8)]}(${random(2) > 0 ? value() : ''})`;
      const expression = () => `${value()} ${operators[random(10)]} ${value()}`;
      const statement = () =>
        [
          `a = ${expression()};`,
          `if (${expression()}) { ${value()}; }`,
          `return ${expression()};`,
          `while (${value()}) ${value()};`,
        ][random(4)];
      return Array.from({ length: 300 }, statement).join('\n');
    };
    const class_ = Array.from({ length: 160 }, (_, at) => one(`s${at}`, student(at)));
    findSimilar(class_.slice(0, 20), none);
    const before = process.cpuUsage().user;
    expect(findSimilar(class_, none)).toEqual([]);
    const seconds = (process.cpuUsage().user - before) / 1e6;
    expect(seconds).toBeLessThan(3);
  });

  test('code that repeats itself without end costs no more', () => {
    const joke = (key: string) => one(key, 'a;'.repeat(200_000));
    const started = process.cpuUsage().user;
    findSimilar([joke('a'), joke('b'), joke('c')], none);
    expect((process.cpuUsage().user - started) / 1e6).toBeLessThan(10);
  });
});

test('no more of a submission is read than is compared', () => {
  const text = Buffer.from('int a;'.repeat(2000));
  const files = new Map(Array.from({ length: 500 }, (_, at) => [`f${at}.c`, text]));
  const reads = vi.spyOn(files, 'get');
  expect(tokensOf(files).codes).toHaveLength(maxTokens);
  expect(reads).toHaveBeenCalledTimes(10);
});
