import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codeOf, optOutsIn, seemsToLock, usesOf } from '../../../grade/engine/source-text.ts';

const tree = (files: Record<string, string>) =>
  new Map(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)]));

describe('code', () => {
  test('is what stands outside of comments and literals, in its place', () => {
    expect(codeOf('a /* b */ c // d\ne "f /* g" h')).toBe('a         c     \ne          h');
    expect(codeOf(`x = '"'; y`)).toBe('x =    ; y');
    expect(codeOf('/* open')).toBe('       ');
    expect(codeOf('a // b \\\nc\nd')).toBe('a       \n \nd');
  });

  test('keeps length and lines of any text', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '"', "'", '/', '*', '\\', '\n', ' ', 'é') });
    fc.assert(
      fc.property(text, (source) => {
        const code = codeOf(source);
        expect(code).toHaveLength(source.length);
        expect(code.split('\n').map(({ length }) => length)).toEqual(
          source.split('\n').map(({ length }) => length),
        );
      }),
    );
  });

  test('of a megabyte takes no second', () => {
    const started = performance.now();
    for (const piece of ['lock', '"', '/*', "'\\", '//', 'kmemleak_ignore', '/'])
      seemsToLock([Buffer.from(piece.repeat(2 ** 20 / piece.length))]);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe('opt-outs', () => {
  test('are found in code and Makefiles, not in comments', () => {
    const files = tree({
      'lab.c': '// data_race(x)\nint __no_kcsan f(void)\n{\n\tdata_race(x);\n\tkmemleak_ignore(p);\n}\n',
      Makefile: '# KCSAN_SANITIZE := n\nKCSAN_SANITIZE_lab.o := n\n',
      'README.md': '__no_kcsan',
    });
    expect(optOutsIn(files)).toEqual([
      { file: 'Makefile', line: 2, what: 'KCSAN_SANITIZE_lab.o := n' },
      { file: 'lab.c', line: 2, what: '__no_kcsan' },
      { file: 'lab.c', line: 4, what: 'data_race' },
      { file: 'lab.c', line: 5, what: 'kmemleak_ignore' },
    ]);
  });
});

test('forbidden symbols are found by the names that a source gives them', () => {
  const files = tree({
    'lab.c': '/* spin_lock(&x) */\nspin_lock(&x);\nmy_spin_lock(&x);\nmutex_lock(&m);\n',
  });
  expect(usesOf(files, ['_raw_spin_lock', 'mutex_lock'])).toEqual([
    { file: 'lab.c', line: 2, what: 'spin_lock' },
    { file: 'lab.c', line: 4, what: 'mutex_lock' },
  ]);
  expect(usesOf(files, [])).toEqual([]);
});

test.each([
  ['while (atomic_cmpxchg(&l, 0, 1))', true],
  ['my_lock(&l);', true],
  ['acquire(&l);', true],
  ['spin_lock_init(&l);', false],
  ['unlock(&l);', false],
  ['if (unlikely(x)) printk("lock(");', false],
  ['counter += inc;', false],
])('%s takes a lock: %s', (code, takes) => {
  expect(seemsToLock([Buffer.from(code)])).toBe(takes);
});
