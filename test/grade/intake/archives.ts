/** Archives for tests, sound and hostile, written byte by byte where no library would write them. */
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import { storedXz } from '../../provision/packages/xz-file.ts';

export interface TestEntry {
  readonly name: string | Uint8Array;
  readonly content?: string | Uint8Array;
  /** UTF-8 flag of a zip; by default as needed. */
  readonly utf8?: boolean;
  /** Unix mode with its type: 0o120777 is a link. */
  readonly mode?: number;
  readonly extra?: Uint8Array;
  readonly encrypted?: boolean;
  readonly method?: number;
  readonly crc?: number;
}

export function makeZip(entries: readonly TestEntry[]): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name);
    const content = Buffer.from(entry.content ?? '');
    const packed = deflateRawSync(content);
    const flags = ((entry.utf8 ?? typeof entry.name === 'string') ? 0x800 : 0) | (entry.encrypted ? 1 : 0);
    const extra = Buffer.from(entry.extra ?? '');
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(flags, 2);
    common.writeUInt16LE(entry.method ?? 8, 4);
    common.writeUInt32LE(entry.crc ?? crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(name.length, 22);
    common.writeUInt16LE(extra.length, 24);
    const local = Buffer.concat([Buffer.from('504b0304', 'hex'), common, name, extra, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(((entry.mode ?? 0) << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    central.push(Buffer.concat([Buffer.from('504b01021403', 'hex'), common, tail, name, extra]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('504b0506', 0, 'hex');
  end.writeUInt16LE(entries.length & 0xffff, 8);
  end.writeUInt16LE(entries.length & 0xffff, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

export interface TarEntry extends Partial<Header> {
  readonly name: string;
  readonly content?: string | Uint8Array;
}

export async function makeTar(entries: readonly TarEntry[]): Promise<Buffer> {
  const tar = pack();
  const reading = (async () => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of tar as unknown as AsyncIterable<Uint8Array>) chunks.push(chunk);
    return Buffer.concat(chunks);
  })();
  for (const { content = '', ...header } of entries)
    tar.entry({ mode: 0o644, ...header }, Buffer.from(content));
  tar.finalize();
  return reading;
}

/** The same files as each kind of archive that is opened. */
export async function everyKind(files: Record<string, string>): Promise<[name: string, bytes: Buffer][]> {
  const entries = Object.entries(files).map(([name, content]) => ({ name, content }));
  const tar = await makeTar(entries);
  return [
    ['lab.zip', makeZip(entries)],
    ['lab.tar', tar],
    ['lab.tar.gz', gzipSync(tar)],
    ['lab.tgz', gzipSync(tar)],
    ['lab.tar.xz', storedXz(tar)],
  ];
}

/** Text in a code page of DOS. */
export function codePage866(text: string): Buffer {
  return Buffer.from(
    [...text].map((letter) => {
      const code = letter.charCodeAt(0);
      if (code < 0x80) return code;
      if (code >= 0x410 && code <= 0x43f) return code - 0x410 + 0x80;
      return code >= 0x440 && code <= 0x44f ? code - 0x440 + 0xe0 : 0x3f;
    }),
  );
}
