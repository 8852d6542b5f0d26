import { execFile } from 'node:child_process';
import { mkdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CpioEntry, cpio } from '../../../provision/guest/cpio.ts';
import { requirePart } from '../../require.ts';
import { temporaryFolder } from '../context.ts';

const run = promisify(execFile);
const hasCpio = await run('cpio', ['--version']).then(
  () => true,
  () => false,
);

const example: CpioEntry[] = [
  { type: 'directory', path: 'bin' },
  { type: 'file', path: 'bin/a', mode: 0o755, content: Buffer.from('#!/bin/sh\n') },
  { type: 'symlink', path: 'bin/sh', target: 'a' },
  { type: 'file', path: 'empty', content: new Uint8Array() },
];

describe('a cpio archive', () => {
  it('begins each entry with its magic, on a multiple of four', async () => {
    const archive = Buffer.from(await cpio(example));
    expect(archive.length % 4).toBe(0);
    expect(archive.subarray(0, 6).toString()).toBe('070701');
    expect(archive.toString('latin1').match(/070701/g)?.length).toBe(example.length + 1);
    expect(archive.toString('latin1')).toContain('TRAILER!!!\0');
  });

  it('is the same for the same entries', async () => {
    expect(Buffer.compare(Buffer.from(await cpio(example)), Buffer.from(await cpio(example)))).toBe(0);
  });

  it('writes a device with its numbers', async () => {
    const entry: CpioEntry = { type: 'device', path: 'console', kind: 'char', major: 5, minor: 1 };
    const header = Buffer.from(await cpio([entry]))
      .subarray(0, 110)
      .toString();
    expect(header.slice(14, 22)).toBe('00002180');
    expect([header.slice(78, 86), header.slice(86, 94)]).toEqual(['00000005', '00000001']);
  });

  it.each(['', '/etc', 'a/../b', '..', 'a//b', 'a\0b', 'TRAILER!!!'])('refuses the path %j', async (path) => {
    await expect(cpio([{ type: 'directory', path }])).rejects.toThrow(RangeError);
  });

  it.skipIf(!requirePart('cpio', hasCpio, 'the program reads back what we wrote'))(
    'is read back by cpio as it was',
    async () => {
      const name = fc.stringMatching(/^[A-Za-z0-9 _é.-]{1,40}$/).filter((text) => !/^\.+$/.test(text));
      const files = fc.uniqueArray(
        fc.record({
          name,
          content: fc.uint8Array({ maxLength: 600 }),
          mode: fc.constantFrom(0o644, 0o700, 0o755),
        }),
        { selector: (file) => file.name, maxLength: 8 },
      );
      const folder = await temporaryFolder();
      let count = 0;
      await fc.assert(
        fc.asyncProperty(files, async (list) => {
          count += 1;
          const place = join(folder, String(count));
          await mkdir(place);
          const entries: CpioEntry[] = [
            { type: 'directory', path: 'd' },
            ...list.map(
              ({ name, content, mode }): CpioEntry => ({ type: 'file', path: `d/${name}`, content, mode }),
            ),
            { type: 'symlink', path: 'link', target: 'd' },
          ];
          await writeFile(`${place}.cpio`, await cpio(entries));
          await run('cpio', ['-id', '--quiet', '-F', `${place}.cpio`], { cwd: place });
          expect(await readlink(join(place, 'link'))).toBe('d');
          for (const { name, content, mode } of list) {
            const file = join(place, 'd', name);
            expect(Buffer.compare(await readFile(file), content)).toBe(0);
            expect((await stat(file)).mode & 0o777).toBe(mode);
          }
        }),
        { numRuns: 15 },
      );
    },
  );
});
