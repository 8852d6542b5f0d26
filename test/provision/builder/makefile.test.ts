import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fullAllowance, readKbuild, tooIntricate } from '../../../provision/builder/makefile.ts';

/** `A0` refers to `A1` so many times, and so on down to what is nothing. */
const tower = (levels: number, times: number, leaf: string) =>
  [
    ...Array.from({ length: levels }, (_, at) => `A${at} = ${`$(A${at + 1})`.repeat(times)}`),
    `A${levels} = ${leaf}`,
    'obj-m := $(A0) lab.o',
  ].join('\n');

describe('a hostile Makefile is given up in little time and memory', { timeout: 20_000 }, () => {
  test.each([
    ['references that grow tenfold at each level to nothing', tower(12, 10, '')],
    ['to much', tower(12, 10, 'x'.repeat(90))],
    [
      'one text in three thousand variables',
      [
        `A := ${'x'.repeat(8000)}`,
        `B := ${'$(A)'.repeat(10)}`,
        ...Array.from({ length: 3000 }, (_, at) => `X${at} := $(B)`),
      ].join('\n'),
    ],
    [
      'functions that multiply',
      [`A := ${'a '.repeat(4000)}`, 'B := $(subst a,$(A),$(A))', 'obj-m := $(addprefix $(B),$(B))'].join(
        '\n',
      ),
    ],
    ['filters of many by many', `A := ${'a '.repeat(4000)}\nobj-m := $(filter $(A),$(A))`],
    ['substitutions into something long', `A := ${'a '.repeat(4000)}\nobj-m := $(A:a=${'x'.repeat(8000)})`],
    ['wildcards of many by many', `A := ${'* '.repeat(4000)}\nobj-m := $(wildcard $(A)$(A)$(A)$(A))`],
  ])('%s', (_, text) => {
    const files = Array.from({ length: 1000 }, (_, at) => `${at}.c`);
    const { notes, modules } = readKbuild(text, files);
    expect(notes).toContain(tooIntricate);
    expect(modules.join('').length).toBeLessThan(10_000);
  });

  test('a line of comments in one another', () => {
    expect(readKbuild(`${'a#'.repeat(30_000)}\u2028\nobj-m := lab.o`, []).modules).toEqual(['lab.o']);
  });

  test('all that are read on one allowance together', () => {
    const allowance = { left: 1000 };
    const read = () => readKbuild('A := x\nobj-m := lab.o $(A)', [], allowance);
    const found = Array.from({ length: 100 }, read);
    expect(found[0]).toMatchObject({ modules: ['lab.o'], notes: [] });
    expect(found.filter(({ modules }) => modules.length > 0).length).toBeLessThan(20);
    expect(found.at(-1)).toMatchObject({ modules: [], notes: [tooIntricate] });
    expect(allowance.left).toBeGreaterThan(-5000);
  });

  test.each(['a', '(', '(a', '$(', 'a(b)', 'override '])('a line of %j', (piece) => {
    for (const ending of ['', ' x', '=', '\n'])
      expect(readKbuild(piece.repeat(2_000_000) + ending, []).modules).toEqual([]);
    expect(readKbuild(piece.repeat(8000 / piece.length), []).modules).toEqual([]);
  });

  test('names in notes are short, and few', () => {
    const text = Array.from({ length: 500 }, (_, at) => `N${at}${'x'.repeat(5000)} != date`).join('\n');
    const { notes } = readKbuild(text, []);
    expect(notes.length).toBeLessThan(60);
    for (const note of notes) expect(note.length).toBeLessThan(200);
  });
});

test('names of variables may hold references', () => {
  const { parts, modules } = readKbuild(
    'N = lab\nobj-$(CONFIG X) := $(N).o\n$(N)-objs := a.o $(N:lab=b).o',
    [],
  );
  expect(modules).toEqual(['lab.o']);
  expect(parts.get('lab')).toEqual(['a.o', 'b.o']);
});

test('whatever the text, it is read', () => {
  const piece = fc.constantFrom(
    '$',
    '(',
    ')',
    '{',
    '}',
    '=',
    ':',
    '+',
    '#',
    '\n',
    '\t',
    ' ',
    'obj-m',
    'a.o',
    '%',
    ',',
    'subst ',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 200 }), (pieces) => {
      const { modules } = readKbuild(pieces.join(''), ['a.c']);
      for (const module of modules) expect(module.startsWith('/')).toBe(false);
    }),
  );
});

test('what the Makefile of a big module needs is a small part of the allowance', () => {
  const files = Array.from({ length: 400 }, (_, at) => `driver_part_${at}.c`);
  const text = `SOURCES := $(filter-out %.mod.c, $(wildcard *.c))
OBJECTS = $(patsubst %.c, %.o, $(SOURCES))
obj-m := lab.o
lab-objs := $(OBJECTS) $(SOURCES:.c=.o)
`;
  const allowance = fullAllowance();
  const { parts, notes } = readKbuild(text, files, allowance);
  expect(parts.get('lab')).toHaveLength(800);
  expect(notes).toEqual([]);
  expect(allowance.left).toBeGreaterThan(fullAllowance().left / 2);
});
