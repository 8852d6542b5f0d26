/** A picture of a screen as PNG: libvirt gives that, or what QEMU’s oldest interface gives, a portable pixmap. */
import { encodePng, pngSize } from '../../../lab/png.ts';

/** Rejects for what is neither PNG nor a binary pixmap of eight bits a colour. */
export async function readPicture(file: Uint8Array): Promise<Uint8Array> {
  if (pngSize(file) !== undefined) return file;
  const header = /^P6\s+(\d{1,5})\s+(\d{1,5})\s+255\s/.exec(
    Buffer.from(file.subarray(0, 200)).toString('latin1'),
  );
  if (header === null) throw new Error('the picture is neither PNG nor a pixmap');
  const [width, height] = [Number(header[1]), Number(header[2])];
  const colours = file.subarray(header[0].length);
  if (colours.length < width * height * 3) throw new Error('the picture is not whole');
  const pixels = new Uint8Array(width * height * 4).fill(255);
  for (let pixel = 0; pixel < width * height; pixel += 1)
    pixels.set(colours.subarray(pixel * 3, pixel * 3 + 3), pixel * 4);
  return encodePng(pixels, width, height);
}
