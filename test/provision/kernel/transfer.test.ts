import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { pack } from 'tar-stream';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  memberNames,
  type StoredKernel,
  storedKernels,
  storeKernel,
} from '../../../provision/kernel/checked-store.ts';
import { exportKernel, importKernel, mostFileBytes } from '../../../provision/kernel/transfer.ts';
import { makeContext, type TestContext, temporaryFolder } from '../context.ts';
import { makeDeb, type TarEntry } from '../packages/deb-file.ts';
import { manifestOf, sha256Of } from './stored-kernel.ts';

const release = '6.12.117-lab3-checked-amd64';
const top = `./usr/src/linux-headers-${release}`;
const headerFiles: TarEntry[] = [
  { name: './usr/', type: 'directory' },
  { name: `${top}/Makefile`, content: 'all:\n' },
  { name: `${top}/.config`, content: 'CONFIG_SMP=y\n' },
  { name: `${top}/Module.symvers`, content: '' },
];
const image = Buffer.alloc(4096, 'kernel');
image.write('HdrS', 0x202, 'latin1');

let context: TestContext;
let folder: string;
let file: string;
beforeEach(async () => {
  context = await makeContext();
  folder = await temporaryFolder();
  file = join(folder, 'kernel.tar');
});

async function stored(headers?: Uint8Array): Promise<StoredKernel> {
  const deb = headers ?? (await makeDeb(headerFiles, '.gz'));
  return storeKernel(await makeContext(), async (target) => {
    await writeFile(join(target, memberNames.image), image);
    await writeFile(join(target, memberNames.headers), deb);
    return manifestOf(image, deb);
  });
}

async function makeTar(entries: readonly TarEntry[]): Promise<Buffer> {
  const archive = pack();
  for (const { content = '', ...header } of entries) {
    archive.entry({ mode: 0o644, ...header }, typeof content === 'string' ? content : Buffer.from(content));
  }
  archive.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The members of a right file, for a test to change. */
async function members(headers?: Uint8Array) {
  const deb = headers ?? (await makeDeb(headerFiles, '.gz'));
  const manifest = manifestOf(image, deb);
  return {
    manifest,
    deb,
    entries: (json: unknown = manifest): TarEntry[] => [
      { name: 'manifest.json', content: JSON.stringify(json) },
      { name: 'vmlinuz', content: image },
      { name: 'headers.deb', content: deb },
    ],
  };
}

const failure = (importing: Promise<unknown>) =>
  importing.then(
    () => Promise.reject(new Error('the file was taken')),
    (error: unknown) => error,
  );

async function refused(content: Uint8Array): Promise<unknown> {
  await writeFile(file, content);
  const error = await failure(importKernel(context, file));
  expect(await readdir(join(context.cacheDir, 'checked-kernels')).catch(() => [])).toEqual([]);
  return error;
}

describe('a kernel file', () => {
  test('comes back as it was; the same kernel gives the same bytes', async () => {
    const kernel = await stored();
    const first = await exportKernel(kernel, file);
    const second = await exportKernel(kernel, join(folder, 'again.tar'));
    expect(first).toMatchObject({
      size: (await readFile(file)).length,
      sha256: sha256Of(await readFile(file)),
    });
    expect(second.sha256).toBe(first.sha256);
    const taken = await importKernel(context, file, { sha256: first.sha256.toUpperCase() });
    expect(taken.manifest).toEqual(kernel.manifest);
    expect(await storedKernels(context)).toEqual([taken]);
    for (const name of ['vmlinuz', 'headers.deb']) {
      expect(await readFile(join(taken.folder, name))).toEqual(await readFile(join(kernel.folder, name)));
    }
  });

  test('of another sum than the published one is refused', async () => {
    const { sha256 } = await exportKernel(await stored(), file);
    const expected = sha256.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
    expect(await failure(importKernel(context, file, { sha256: expected }))).toMatchObject({
      name: 'KernelFileChanged',
      params: { expected, found: sha256 },
    });
  });

  test('that is missing or a folder is said to be', async () => {
    expect(await failure(importKernel(context, join(folder, 'no.tar')))).toMatchObject({
      name: 'KernelFileUnreadable',
      message: expect.stringContaining('there is no such file'),
    });
    expect(await failure(importKernel(context, folder))).toMatchObject({ fault: 'usage' });
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('hello\n'.repeat(1000))],
    ['gzip', gzipSync(Buffer.alloc(100_000))],
    ['zeros', Buffer.alloc(100_000)],
  ])('that is %s is none', async (_what, content) => {
    expect(await refused(content)).toMatchObject({ name: 'KernelFileInvalid', fault: 'usage' });
  });

  test('that is too large is not even read', async () => {
    expect(await refused(Buffer.alloc(mostFileBytes + 1))).toMatchObject({
      name: 'KernelFileInvalid',
      message: expect.stringContaining('more than any of them'),
    });
  });

  test('cut short anywhere is refused', async () => {
    await exportKernel(await stored(), file);
    const whole = await readFile(file);
    // The last kilobyte is the archive's end mark: all members are there before it.
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.length - 1024 - 512 }), async (length) => {
        expect(await refused(whole.subarray(0, length))).toMatchObject({ name: 'KernelFileInvalid' });
      }),
      { numRuns: 40 },
    );
  });

  test('with one bit changed in the kernel or its headers is refused', async () => {
    await exportKernel(await stored(), file);
    const whole = await readFile(file);
    const start = whole.indexOf('HdrS') - 0x202;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: start, max: start + image.length - 1 }),
        fc.integer({ min: 0, max: 7 }),
        async (at, bit) => {
          const changed = Buffer.from(whole);
          changed[at] = (changed[at] ?? 0) ^ (1 << bit);
          expect(await refused(changed)).toMatchObject({
            name: 'KernelFileInvalid',
            message: expect.stringContaining('vmlinuz was changed'),
          });
        },
      ),
      { numRuns: 20 },
    );
  });

  test('of a newer format says so', async () => {
    const { manifest, entries } = await members();
    expect(await refused(await makeTar(entries({ ...manifest, format: 'lab3.kernel/2' })))).toMatchObject({
      name: 'KernelFileTooNew',
    });
  });

  test.each([
    ['release', '../../../etc/cron.d/x'],
    ['release', '6.12.117/../../x'],
    ['arch', 'riscv64'],
    ['kind', 'stock'],
    ['files', {}],
    [
      'files',
      { image: { size: 1e12, sha256: '0'.repeat(64) }, headers: { size: 1, sha256: '0'.repeat(64) } },
    ],
    ['more', 'a field that nobody knows'],
  ])('whose manifest has %s = %j is refused', async (field, value) => {
    const { manifest, entries } = await members();
    expect(await refused(await makeTar(entries({ ...manifest, [field]: value })))).toMatchObject({
      name: 'KernelFileInvalid',
      message: expect.stringContaining('manifest.json'),
    });
  });

  test('with members added, left out, renamed, linked or in another order is refused', async () => {
    const { entries } = await members();
    const [manifest, kernel, headers] = entries() as [TarEntry, TarEntry, TarEntry];
    const cases: TarEntry[][] = [
      [manifest, kernel],
      [manifest],
      [kernel, manifest, headers],
      [manifest, kernel, headers, { name: '../more', content: 'x' }],
      [manifest, { ...kernel, name: '../vmlinuz' }, headers],
      [manifest, { name: 'vmlinuz', type: 'symlink', linkname: '/etc/passwd' }, headers],
    ];
    for (const one of cases)
      expect(await refused(await makeTar(one))).toMatchObject({ name: 'KernelFileInvalid' });
  });

  test.each([
    [
      'a file elsewhere',
      [...headerFiles, { name: './usr/bin/gcc-14', content: 'x' }],
      /hold "usr\/bin\/gcc-14"/,
    ],
    [
      'another release',
      [...headerFiles, { name: './usr/src/linux-headers-6.1/x', content: 'x' }],
      /hold "usr\/src/,
    ],
    [
      'a path that leads out',
      [...headerFiles, { name: `${top}/../../../../x`, content: 'x' }],
      /cannot be unpacked|hold/,
    ],
    ['no Makefile', headerFiles.filter(({ name }) => !name.endsWith('Makefile')), /lack Makefile/],
  ])('whose headers hold %s is refused', async (_what, files, message) => {
    const { entries } = await members(await makeDeb(files, '.gz'));
    expect(await refused(await makeTar(entries()))).toMatchObject({
      name: 'KernelFileInvalid',
      message: expect.stringMatching(message),
    });
  });

  test('whose kernel is none, or whose headers are no package, is refused', async () => {
    const { deb, manifest } = await members();
    const text = Buffer.alloc(4096, 'x');
    const swapped = { ...manifest, files: manifestOf(text, deb).files };
    const entries = [
      { name: 'manifest.json', content: JSON.stringify(swapped) },
      { name: 'vmlinuz', content: text },
      { name: 'headers.deb', content: deb },
    ];
    expect(await refused(await makeTar(entries))).toMatchObject({
      message: expect.stringContaining('vmlinuz is no kernel for amd64'),
    });
    const other = await members(Buffer.from('no package'));
    expect(await refused(await makeTar(other.entries()))).toMatchObject({
      message: expect.stringContaining('headers cannot be unpacked'),
    });
  });

  test('that cannot be written leaves nothing half', async () => {
    const kernel = await stored();
    await expect(exportKernel(kernel, join(folder, 'kernel.tar', 'x'))).resolves.toBeTruthy();
    await rm(join(folder, 'kernel.tar'), { recursive: true });
    await writeFile(join(folder, 'plain'), '');
    await expect(exportKernel(kernel, join(folder, 'plain', 'x.tar'))).rejects.toMatchObject({
      name: 'NotWritable',
    });
    expect(await readdir(folder)).toEqual(['plain']);
  });
});
