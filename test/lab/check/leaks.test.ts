import { expect, test } from 'vitest';
import { leakDrafts } from '../../../lab/check/leaks.ts';
import { code } from './sample.ts';

const object = (
  address: number,
  where: string,
  size = 64,
) => `unreferenced object 0xffff8880048${address} (size ${size}):
  comm "insmod", pid 61, jiffies 4294893580
  hex dump (first 32 bytes):
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  ................
  backtrace (crc 0):
    kmemleak_alloc+0x4b/0x80
    __kmalloc_cache_noprof+0x2b1/0x2f0
    ${where}
    do_one_initcall+0x5b/0x310
`;

test('blocks of one line are one leak; what the module did not ask for is none of its own', () => {
  const listing = [
    object(10, 'lab3_init+0x41/0x200 [lab3]'),
    object(20, 'lab3_init+0x41/0x200 [lab3]', 32),
    object(30, 'lab3_init+0x61/0x200 [lab3]'),
    object(40, 'other_init+0x61/0x200'),
  ].join('');
  const drafts = leakDrafts(listing, code({ lab3_init: 100 }));
  expect(drafts.map(({ count, places }) => [count, places[0]?.line])).toEqual([
    [2, 104],
    [1, 106],
  ]);
  expect(drafts[0]).toMatchObject({ kind: 'leak', tasks: [{ name: 'insmod', pid: 61 }] });
  expect(drafts[0]?.what).toContain('2 blocks of memory, 96 bytes, were allocated at lab3.c:104');
  expect(drafts[0]?.raw).toContain('unreferenced object');
});

test('an inline function of the kernel that became one of the module stands for its caller', () => {
  const text = object(
    10,
    'kmalloc_array_noprof.constprop.0+0x12/0x20 [lab3]\n    lab3_init+0x41/0x200 [lab3]',
  );
  expect(leakDrafts(text, code({ lab3_init: 100 }))[0]?.places).toMatchObject([
    { file: 'lab3.c', line: 104 },
  ]);
});

test('any text', () => {
  expect(leakDrafts('unreferenced object 0x1 (size 1):\n'.repeat(50_000), code({}))).toEqual([]);
});
