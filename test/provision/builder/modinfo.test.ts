import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LabError } from '../../../lab/errors.ts';
import { checkFits, readModuleInfo } from '../../../provision/builder/modinfo.ts';

/** The smallest ELF file with these sections: header, contents, names, table. */
function elf(sections: Record<string, string>, machine = 62): Buffer {
  const all: [string, Buffer][] = [
    ['', Buffer.alloc(0)],
    ...Object.entries(sections).map(([name, text]): [string, Buffer] => [name, Buffer.from(text)]),
  ];
  const names = Buffer.from(`${[...all.map(([name]) => name), '.shstrtab'].join('\0')}\0`);
  all.push(['.shstrtab', names]);
  const contents = Buffer.concat(all.map(([, bytes]) => bytes));
  const header = Buffer.alloc(64);
  header.write('\x7fELF\x02\x01\x01', 'latin1');
  header.writeUInt16LE(machine, 18);
  header.writeBigUInt64LE(BigInt(64 + contents.length), 40);
  header.writeUInt16LE(64, 58);
  header.writeUInt16LE(all.length, 60);
  header.writeUInt16LE(all.length - 1, 62);
  let at = 64;
  const table = all.map(([name, bytes]) => {
    const row = Buffer.alloc(64);
    row.writeUInt32LE(name === '' ? 0 : names.indexOf(`\0${name}\0`) + 1, 0);
    row.writeBigUInt64LE(BigInt(at), 24);
    row.writeBigUInt64LE(BigInt(bytes.length), 32);
    at += bytes.length;
    return row;
  });
  return Buffer.concat([header, contents, ...table]);
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
