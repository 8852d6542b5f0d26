import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ownPlace, readSymbols } from '../../../provision/symbols/symbols.ts';
import { amd64, arm64, elfFile, symbolSections } from '../elf-file.ts';
import { moduleFile } from './module-file.ts';

const kinds = [
  [4, 'amd64', amd64],
  [5, 'amd64', amd64],
  [5, 'arm64', arm64],
] as const;

describe.each(kinds)('DWARF %i of %s', (version, _name, machine) => {
  const symbols = readSymbols(moduleFile(version, machine));
  const at = (name: string, offset: number, options = {}) => {
    const found = symbols?.locate(name, offset, options);
    return found && [found, ...found.callers].map((one) => `${one.file}:${one.line} ${one.function}`);
  };

  test('a line of the module', () => {
    expect(at('worker', 0)).toEqual(['lab3.c:40 worker']);
    expect(at('worker', 0xf)).toEqual(['lab3.c:40 worker']);
    expect(at('worker', 0x3f)).toEqual(['lab3.c:43 worker']);
    expect(symbols?.locate('worker', 0)).toMatchObject({ own: true });
  });

  test('a header of the kernel, and the lines that it was folded into', () => {
    expect(at('worker', 0x10)).toEqual(['include/linux/list.h:100 list_add', 'lab3.c:42 worker']);
    expect(at('worker', 0x18)).toEqual([
      'include/linux/list.h:22 __list_add',
      'include/linux/list.h:101 list_add',
      'lab3.c:42 worker',
    ]);
    const found = symbols?.locate('worker', 0x18);
    expect(found?.own).toBe(false);
    expect(found && ownPlace(found)).toEqual({ file: 'lab3.c', line: 42, function: 'worker', own: true });
  });

  test('the cold part of a function, in a section of its own', () => {
    expect(at('worker.cold', 4)).toEqual(['lab3.c:50 worker']);
    expect(at('worker.cold', 8)).toBeUndefined();
  });

  test('an address that a call returns to belongs to the call', () => {
    expect(at('worker', 0x20)).toEqual(['lab3.c:43 worker']);
    expect(at('worker', 0x20, { returnAddress: true })?.at(-1)).toBe('lab3.c:42 worker');
    expect(at('worker', 0, { returnAddress: true })).toEqual(['lab3.c:40 worker']);
  });

  test('functions of the same name are told apart by the size that the kernel prints', () => {
    expect(at('twice', 4, { size: 8 })).toEqual(['lab3.c:60 twice']);
    expect(at('twice', 4, { size: 0x10 })).toEqual(['lab3.c:70 twice']);
    expect(at('twice', 12)).toEqual(['lab3.c:70 twice']);
  });

  test('an offset in a section, as reports have it that were made after unloading', () => {
    expect(symbols?.locateIn('.text', 0x18)).toEqual(symbols?.locate('worker', 0x18));
    expect(symbols?.locateIn('.text.unlikely', 4)).toMatchObject({ line: 50, function: 'worker' });
    expect(symbols?.locateIn('.text', 0x20, { returnAddress: true })?.callers.at(-1)?.line).toBe(42);
    expect(symbols?.locateIn('.data', 0)).toBeUndefined();
    expect(symbols?.locateIn('.text', 0x1000)).toBeUndefined();
  });

  test('what is not there', () => {
    expect(at('nobody', 0)).toBeUndefined();
    expect(at('worker', 0x1000)).toBeUndefined();
    expect(at('worker', -1)).toBeUndefined();
    expect(at('__proto__', 0)).toBeUndefined();
  });
});

test('without functions in the debug information, lines are still found', () => {
  const symbols = readSymbols(moduleFile(5, amd64, ['.debug_info']));
  expect(symbols?.locate('worker.cold', 0)).toEqual({
    file: 'lab3.c',
    line: 50,
    function: 'worker',
    own: true,
    callers: [],
  });
});

test.each([
  ['an empty file', Buffer.alloc(0)],
  ['a script', Buffer.from('#!/bin/sh\n'.repeat(20))],
  ['a module without debug information', moduleFile(5, amd64, ['.debug_line', '.debug_info'])],
])('%s has no symbols to read', (_name, file) => {
  expect(readSymbols(file)).toBeUndefined();
});

test('a table without end is given up', () => {
  const names = Buffer.from([0, ...Array(9).fill(0xff), 0x7f]); // 2^70 folders of no bytes each
  const header = Buffer.from([5, 0, 8, 0, names.length + 6, 0, 0, 0, 1, 1, 1, 0xfb, 14, 1]);
  const line = Buffer.concat([Buffer.from([header.length + names.length, 0, 0, 0]), header, names]);
  const file = elfFile([{ name: '.debug_line', bytes: line }, ...symbolSections([], 3)]);
  const started = performance.now();
  expect(readSymbols(file)).toBeUndefined();
  expect(performance.now() - started).toBeLessThan(2_000);
});

/** Every number that a file can have wrong, with the rest whole: counts, lengths, offsets, forms, opcodes. */
test('whatever the bytes, an answer in time', () => {
  const files = [moduleFile(4), moduleFile(5), moduleFile(5, arm64)];
  const damaged = fc
    .tuple(
      fc.constantFrom(...files),
      fc.array(fc.tuple(fc.nat(4096), fc.oneof(fc.nat(255), fc.constantFrom(0, 0x7f, 0x80, 0xff))), {
        minLength: 1,
        maxLength: 8,
      }),
    )
    .map(([file, edits]) => {
      const copy = Buffer.from(file);
      for (const [at, value] of edits) copy[at % copy.length] = value;
      return copy;
    });
  fc.assert(
    fc.property(damaged, (file) => {
      const started = performance.now();
      const symbols = readSymbols(file);
      for (const name of ['worker', 'worker.cold', 'twice']) symbols?.locate(name, 0x18);
      expect(performance.now() - started).toBeLessThan(3_000);
    }),
    { numRuns: 2_000 },
  );
}, 60_000);
