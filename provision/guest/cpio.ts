/**
 * Writes a cpio archive of the kind that Linux takes as an initramfs ("newc"; the kernel's
 * Documentation/driver-api/early-userspace/buffer-format.rst). Times, owners and inode numbers are fixed, so the
 * same entries always give the same bytes.
 */
export type CpioEntry =
  | { type: 'file'; path: string; mode?: number; content: Uint8Array }
  | { type: 'directory'; path: string; mode?: number }
  | { type: 'symlink'; path: string; target: string }
  | { type: 'device'; path: string; mode?: number; kind: 'char' | 'block'; major: number; minor: number };

const kinds = { file: 0o100000, directory: 0o040000, symlink: 0o120000, char: 0o020000, block: 0o060000 };
const maximumSize = 0xffffffff;

/** A piece per header and content; parents are the caller's to name, before what is in them. */
export async function* cpioChunks(
  entries: Iterable<CpioEntry> | AsyncIterable<CpioEntry>,
): AsyncGenerator<Uint8Array> {
  let inode = 0;
  for await (const entry of entries) {
    inode += 1;
    const content = contentOf(entry);
    yield header(checkedPath(entry.path), inode, modeOf(entry), content.length, entry);
    if (content.length > 0) yield content;
    if (content.length % 4 !== 0) yield new Uint8Array(4 - (content.length % 4));
  }
  yield header('TRAILER!!!', 0, 0, 0);
}

/** The whole archive in memory. */
export async function cpio(entries: Iterable<CpioEntry> | AsyncIterable<CpioEntry>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of cpioChunks(entries)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function header(path: string, inode: number, mode: number, size: number, entry?: CpioEntry): Uint8Array {
  if (size > maximumSize) throw new RangeError(`cpio cannot hold ${path}: ${size} bytes`);
  const device = entry?.type === 'device' ? entry : { major: 0, minor: 0 };
  const name = Buffer.from(`${path}\0`);
  const links = mode === 0 ? 0 : 1;
  const fields = [inode, mode, 0, 0, links, 0, size, 0, 0, device.major, device.minor, name.length, 0];
  const text = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
  const length = text.length + name.length;
  return Buffer.concat([Buffer.from(text), name, Buffer.alloc((4 - (length % 4)) % 4)]);
}

function contentOf(entry: CpioEntry): Uint8Array {
  if (entry.type === 'file') return entry.content;
  return entry.type === 'symlink' ? Buffer.from(entry.target) : Buffer.alloc(0);
}

function modeOf(entry: CpioEntry): number {
  switch (entry.type) {
    case 'file':
      return kinds.file | (entry.mode ?? 0o644);
    case 'directory':
      return kinds.directory | (entry.mode ?? 0o755);
    case 'symlink':
      return kinds.symlink | 0o777;
    case 'device':
      return kinds[entry.kind] | (entry.mode ?? 0o600);
  }
}

/** A path that starts at the root or leaves it would be unpacked somewhere else than it says. */
function checkedPath(path: string): string {
  const bad =
    path === '' || path.includes('\0') || path.split('/').some((part) => part === '' || part === '..');
  if (bad || path === 'TRAILER!!!')
    throw new RangeError(`not a path for an initramfs: ${JSON.stringify(path)}`);
  return path;
}
