/** Entries of a zip file in memory, by its central directory. */
import { crc32 } from 'node:zlib';
import type { Entry as ZipEntry, ZipFile } from 'yauzl';
import { library } from '../../../provision/library.ts';
import type { Entry } from '../entry.ts';
import { overLimit } from '../limits.ts';
import { Refusal, shown } from '../refusal.ts';
import { decodeNames } from './zip-names.ts';

/** Damage shows as an error while reading. What is not asked for is not unpacked. */
export async function* zipEntries(
  bytes: Uint8Array,
  maxEntries: number,
): AsyncGenerator<Entry, void, undefined> {
  const { default: yauzl } = await library('yauzl', () => import('yauzl'));
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  // Sizes are counted as they come: what the archive says of them is not asked.
  const zip = await yauzl.fromBufferPromise(buffer, { decodeStrings: false, validateEntrySizes: false });
  const listed = await listEntries(zip, maxEntries);
  const names = decodeNames(
    listed.map(({ fileNameRaw, generalPurposeBitFlag, extraFields }) => ({
      bytes: fileNameRaw,
      utf8: (generalPurposeBitFlag & 0x800) !== 0,
      extraFields,
    })),
  );
  for (const [at, entry] of listed.entries()) {
    const name = names[at] ?? '';
    yield { name, kind: kindOf(entry, name), chunks: () => contentOf(zip, entry, name) };
  }
}

/** The directory first, and whole: how its names are written is told by all of them. */
async function listEntries(zip: ZipFile, maxEntries: number): Promise<ZipEntry[]> {
  const listed: ZipEntry[] = [];
  if (zip.entryCount > maxEntries) throw overLimit('it', `${maxEntries} files and folders`);
  for await (const entry of zip.eachEntry()) listed.push(entry);
  return listed;
}

/** Unix archivers keep the mode in the upper half of the attributes; where there is none, only names tell. */
function kindOf(entry: ZipEntry, name: string): Entry['kind'] {
  const type = (entry.externalFileAttributes >>> 16) & 0o170000;
  if (type === 0o120000) return 'link';
  if (type !== 0 && type !== 0o100000 && type !== 0o040000) return 'special';
  return type === 0o040000 || /[\\/]$/.test(name) ? 'folder' : 'file';
}

async function* contentOf(zip: ZipFile, entry: ZipEntry, name: string): AsyncGenerator<Uint8Array> {
  if (entry.isEncrypted()) throw new Refusal('it is protected by a password');
  if (!entry.canDecodeFileData()) {
    const method = entry.compressionMethod;
    throw new Refusal(`${shown(name)} is packed by method ${method}, which is not read here; Deflate is`);
  }
  const stream = await zip.openReadStreamPromise(entry);
  let sum = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      sum = crc32(chunk, sum);
      yield chunk;
    }
  } finally {
    stream.destroy();
  }
  if (sum !== entry.crc32) throw new Error(`the checksum of ${shown(name)} does not match`);
}
