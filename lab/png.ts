/** The little of PNG that the lab needs (Portable Network Graphics specification, third edition). */
import { promisify } from 'node:util';
import { crc32, deflate } from 'node:zlib';

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Width and height in pixels from a PNG's header (11.2.1 IHDR); `undefined` for anything else. */
export function pngSize(bytes: Uint8Array): { width: number; height: number } | undefined {
  if (bytes.length < 33 || !signature.equals(bytes.subarray(0, signature.length))) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(12) !== 0x49484452) return undefined;
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  return width > 0 && height > 0 && width <= 20_000 && height <= 20_000 ? { width, height } : undefined;
}

/** `pixels` are rows of red, green, blue, alpha, a byte each. */
export async function encodePng(pixels: Uint8Array, width: number, height: number): Promise<Uint8Array> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 6], 8); // bits of a channel; colour type with alpha
  const rowSize = width * 4;
  const rows = Buffer.alloc((rowSize + 1) * height); // each row begins with its filter: 0, none
  for (let row = 0; row < height; row++)
    rows.set(pixels.subarray(row * rowSize, (row + 1) * rowSize), row * (rowSize + 1) + 1);
  const data = await promisify(deflate)(rows);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length);
  framed.set(body, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
