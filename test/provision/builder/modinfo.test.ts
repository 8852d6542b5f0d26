import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LabError } from '../../../lab/errors.ts';
import { checkFits, readModuleInfo } from '../../../provision/builder/modinfo.ts';
import { amd64, elfFile } from '../elf-file.ts';

/** An ELF file with these sections. */
function elf(sections: Record<string, string>, machine = amd64): Buffer {
  return elfFile(
    Object.entries(sections).map(([name, text]) => ({ name, bytes: Buffer.from(text) })),
    machine,
  );
}

const modinfo = [
  'license=GPL',
  'parmtype=n_threads:int',
  'parm=n_threads:Number of threads: 1 to 1024',
  'parmtype=quiet:bool',
  'depends=libcrc32c,veth',
  'name=lab3',
  'vermagic=6.12.117+deb13-cloud-amd64 SMP preempt mod_unload modversions ',
]
  .map((entry) => `${entry}\0`)
  .join('');
const ko = elf({ '.modinfo': modinfo, '.comment': 'GCC: (Debian 14.2.0-19) 14.2.0\0' });
const kernel = { release: '6.12.117+deb13-cloud-amd64', arch: 'amd64' as const };

test('what a module says of itself', () => {
  const info = readModuleInfo(ko, 'lab3.ko');
  expect(info).toMatchObject({
    arch: 'amd64',
    name: 'lab3',
    license: 'GPL',
    depends: ['libcrc32c', 'veth'],
    vermagic: '6.12.117+deb13-cloud-amd64 SMP preempt mod_unload modversions',
    compiler: 'GCC: (Debian 14.2.0-19) 14.2.0',
  });
  expect([...info.parameters]).toEqual([
    ['n_threads', 'Number of threads: 1 to 1024'],
    ['quiet', ''],
  ]);
});

describe('a module that its kernel would refuse', () => {
  test('fits its own', () => expect(checkFits(readModuleInfo(ko, 'x'), kernel, 'x')).toBeUndefined());

  test.each([
    ['another release', ko, { ...kernel, release: '6.1.0-40-cloud-amd64' }],
    ['another architecture', elf({ '.modinfo': modinfo }, 183), kernel],
  ])('%s', (_name, file, wanted) => {
    const info = readModuleInfo(file, 'lab3.ko');
    expect(() => checkFits(info, wanted, 'lab3.ko')).toThrow(
      expect.objectContaining({ name: 'BuiltForAnotherKernel', fault: 'computer' }),
    );
  });
});

test.each([
  ['an empty file', Buffer.alloc(0)],
  ['a script', Buffer.from('#!/bin/sh\n'.repeat(20))],
  ['a program', elf({ '.text': 'x' })],
  ['no vermagic', elf({ '.modinfo': 'license=GPL\0' })],
  ['half a module', ko.subarray(0, ko.length - 100)],
])('%s is no module', (_name, file) => {
  expect(() => readModuleInfo(file, 'lab3.ko')).toThrow(expect.objectContaining({ name: 'NotAModule' }));
});

test('whatever the bytes, an answer or NotAModule', () => {
  const damaged = fc.array(fc.tuple(fc.nat(ko.length - 1), fc.nat(255)), { maxLength: 20 }).map((edits) => {
    const copy = Buffer.from(ko);
    for (const [at, value] of edits) copy[at] = value;
    return copy;
  });
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 300 })), (file) => {
      try {
        readModuleInfo(file, 'lab3.ko');
      } catch (error) {
        expect(error).toBeInstanceOf(LabError);
      }
    }),
    { numRuns: 500 },
  );
});
