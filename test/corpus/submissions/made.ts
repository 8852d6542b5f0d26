/** What plain files of a folder cannot be: hostile archives, links, pipes, bombs, prebuilt objects. */
import { execFile } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { gzipAround, repeated } from '../archives/bomb.ts';
import { type TarEntry, writeTar } from '../archives/tar.ts';
import { writeZip } from '../archives/zip.ts';

export type Files = ReadonlyMap<string, Uint8Array>;

interface Made {
  /** Of the entry in the class, with its point; '' for a folder. */
  readonly extension: string;
  /** @param target path of the entry */
  make(target: string, files: Files, platform: NodeJS.Platform): Promise<void>;
}

/** In each thing that must not be unpacked, so that a test can look for it anywhere. */
export const escaped = 'lab3-escaped';
const payload = Buffer.from(`${escaped}: this must not be here\n`);
const newline = 0x0a;
/** Blocks of 4 MiB. */
const oneGiB = 256;

const zipped = (files: Files) => [...files].map(([name, content]) => ({ name, content }));
const tarred = (files: Files): TarEntry[] => [...files].map(([name, content]) => ({ name, content }));

/** Writes one file, made of the student's. */
const file = (extension: string, write: (files: Files) => Buffer | Promise<Buffer>): Made => ({
  extension,
  make: async (target, files) => writeFile(target, await write(files)),
});

/** Of headers that nobody includes. */
const poisonedNames = [
  '\u001b[31mred\u001b[0m.h',
  '\u202eh.sdrawkcab',
  '<img src=x onerror=alert(19)>.h',
  'two\nlines.h',
  '=1+1.h',
  '$(touch lab3-escaped).h',
];

export const made: Readonly<Record<string, Made>> = {
  '04_dotdot': file('.zip', (files) =>
    writeZip([...zipped(files), { name: `../../${escaped}.c`, content: payload }]),
  ),
  '04_backslash': file('.zip', (files) =>
    writeZip([...zipped(files), { name: `src\\..\\..\\${escaped}.c`, content: payload }]),
  ),
  '04_absolute': file('.tar', (files) =>
    writeTar([...tarred(files), { name: `/tmp/${escaped}.c`, content: payload }]),
  ),
  // A check that only compares the beginnings of paths takes `04-sibling-2` for a part of `04-sibling`.
  '04_sibling': file('.tar.gz', async (files) =>
    gzipSync(await writeTar([...tarred(files), { name: `../04-sibling-2/${escaped}.c`, content: payload }])),
  ),

  '05_links': {
    extension: '',
    async make(target, files, platform) {
      await mkdir(target, { recursive: true });
      for (const [name, content] of files) await writeFile(join(target, name), content);
      // Windows has no pipes among files, and lets few people make links.
      if (platform === 'win32') return;
      await symlink('../../../../../../../etc/passwd', join(target, 'passwd.h'));
      await symlink('..', join(target, 'everybody'));
      await promisify(execFile)('mkfifo', [join(target, 'pipe.c')]);
    },
  },
  '05_tar_links': file('.tar.gz', async (files) =>
    gzipSync(
      await writeTar([
        ...tarred(files),
        { name: 'passwd.h', type: 'symlink', linkname: '/etc/passwd' },
        { name: 'out', type: 'symlink', linkname: '..' },
        { name: `out/${escaped}.c`, content: payload },
        { name: 'hard.h', type: 'link', linkname: '/etc/passwd' },
        { name: 'disk.c', type: 'block-device', devmajor: 8, devminor: 0 },
        { name: 'zero.c', type: 'character-device', devmajor: 1, devminor: 5 },
        { name: 'pipe.c', type: 'fifo' },
      ]),
    ),
  ),
  '05_zip_link': file('.zip', (files) =>
    writeZip([
      ...zipped(files),
      { name: 'passwd.h', content: Buffer.from('/etc/passwd'), mode: 0o120777 },
      { name: 'out', content: Buffer.from('../..'), mode: 0o120777 },
      { name: `out/${escaped}.c`, content: payload },
    ]),
  ),

  '06_bomb': file('.zip', () => writeZip([{ name: 'lab3.c', content: repeated(0, oneGiB) }])),
  '06_liar': file('.zip', () => writeZip([{ name: 'lab3.c', content: repeated(0, oneGiB), claims: 4000 }])),
  '06_newlines': file('.tar.gz', async () => {
    const newlines = repeated(newline, oneGiB);
    const header = await tarHeader('lab3.c', newlines.length);
    return gzipAround(header, newlines, Buffer.alloc(1024));
  }),
  '06_entries': file('.tar.gz', async (files) =>
    gzipSync(Buffer.concat([await emptyFiles(100_000), await writeTar(tarred(files))]), { level: 1 }),
  ),

  '10_prebuilt': {
    extension: '',
    async make(target, files) {
      await mkdir(target, { recursive: true });
      for (const [name, content] of files) await writeFile(join(target, name), content);
      for (const name of ['prebuilt.ko', 'prebuilt.o', 'prebuilt.mod.o'])
        await writeFile(join(target, name), objectFile());
      await writeFile(join(target, '.prebuilt.o.cmd'), 'savedcmd_prebuilt.o := touch lab3-escaped\n');
      await writeFile(join(target, 'prebuilt.mod.c'), '#error "made by a build, and not to be built"\n');
    },
  },
  '10_only_prebuilt': file('.zip', () => writeZip([{ name: 'lab3/lab3.ko', content: objectFile() }])),

  '19_names': file('.zip', (files) =>
    writeZip([...zipped(files), ...poisonedNames.map((name) => ({ name, content: Buffer.from('\0\n') }))]),
  ),

  '23_empty': {
    extension: '',
    make: async (target) => void (await mkdir(target, { recursive: true })),
  },
  '23_nested': file('.zip', (files) =>
    writeZip([
      ...[...files].flatMap(([name, content]) => [
        { name: `lab 3/lab3-master/${name}`, content },
        { name: `__MACOSX/lab 3/lab3-master/._${name}`, content: Buffer.from('\0\x05\x16\x07Mac OS X') },
      ]),
      { name: 'lab 3/.DS_Store', content: Buffer.from('\0\0\0\x01Bud1') },
    ]),
  ),
};

/** The header of a file that is not written here. */
async function tarHeader(name: string, length: number): Promise<Buffer> {
  const header = (await writeTar([{ name }])).subarray(0, 512);
  header.write(length.toString(8).padStart(11, '0'), 124, 'latin1');
  return withSum(header);
}

/** Many headers, and no end of the archive. */
async function emptyFiles(count: number): Promise<Buffer> {
  const name = 'many/000000.h';
  const header = await tarHeader(name, 0);
  const all = Buffer.alloc(512 * count);
  for (let at = 0; at < count; at++) {
    header.write(String(at).padStart(6, '0'), name.indexOf('0'), 'latin1');
    withSum(header).copy(all, at * 512);
  }
  return all;
}

function withSum(header: Buffer): Buffer {
  header.fill(' ', 148, 156);
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

/** Begins as an ELF file does, and is none. */
function objectFile(): Buffer {
  return Buffer.concat([Buffer.from('\x7fELF\x02\x01\x01', 'latin1'), Buffer.alloc(505)]);
}
