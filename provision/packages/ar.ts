/** Unix archives of the `ar` kind, the outer shape of a `.deb`: deb(5). */
import { open } from 'node:fs/promises';

export interface ArMember {
  readonly name: string;
  /** Where its bytes begin in the file, and how many there are. */
  readonly offset: number;
  readonly size: number;
}

const magic = '!<arch>\n';
const headerSize = 60;

/** The members of an archive file. Throws an Error that says what is wrong with its shape. */
export async function listArMembers(path: string): Promise<ArMember[]> {
  const file = await open(path, 'r');
  try {
    const { size: fileSize } = await file.stat();
    const text = async (position: number, length: number) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
      return buffer.toString('latin1', 0, bytesRead);
    };
    if ((await text(0, magic.length)) !== magic) throw new Error('it is not an ar archive');
    const members: ArMember[] = [];
    // Members start at even offsets.
    for (let at = magic.length; at < fileSize; ) {
      const header = await text(at, headerSize);
      const size = Number(header.slice(48, 58).trim() || Number.NaN);
      if (
        header.length < headerSize ||
        header.slice(58) !== '`\n' ||
        !Number.isSafeInteger(size) ||
        size < 0
      ) {
        throw new Error(`there is no ar header at byte ${at}`);
      }
      const offset = at + headerSize;
      if (offset + size > fileSize) throw new Error('it is cut short');
      members.push({ name: header.slice(0, 16).trimEnd().replace(/\/$/, ''), offset, size });
      at = offset + size + (size % 2);
    }
    return members;
  } finally {
    await file.close();
  }
}

/** An archive of these members. Owner, group and time are fixed: the same members give the same bytes. */
export function writeAr(members: readonly (readonly [name: string, content: Uint8Array])[]): Buffer {
  const parts: Uint8Array[] = [Buffer.from('!<arch>\n')];
  for (const [name, content] of members) {
    const fields = [name.padEnd(16), '0'.padEnd(12), '0'.padEnd(6), '0'.padEnd(6), '100644'.padEnd(8)];
    parts.push(Buffer.from(`${fields.join('')}${String(content.length).padEnd(10)}\`\n`), content);
    // Members start at even offsets.
    if (content.length % 2 === 1) parts.push(Buffer.from('\n'));
  }
  return Buffer.concat(parts);
}
