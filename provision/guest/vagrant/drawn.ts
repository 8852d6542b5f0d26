/** A picture of a text screen drawn from its characters, where the hypervisor gives none. */
import { gunzipSync } from 'node:zlib';
import { labError } from '../../../lab/errors.ts';
import { encodePng } from '../../../lab/png.ts';
import type { Context } from '../../context.ts';
import { extractFiles } from '../../packages/deb.ts';
import { providePackages } from '../../packages/provide.ts';

/** Glyphs of one size, by the code of the character. */
export interface Font {
  readonly height: number;
  /** Eight pixels of a row are one byte, the leftmost its highest bit. */
  readonly glyphs: Uint8Array;
}

export interface Screen {
  readonly rows: number;
  readonly columns: number;
  /** One byte a character, row by row. */
  readonly characters: Uint8Array;
}

/** What `screenScript` prints is read by `readScreen`. */
export const screenScript = 'stty size </dev/tty1; cat /dev/vcs1';
/** The text mode of a PC draws eight pixels and leaves one. */
const cellWidth = 9;
const glyphWidth = 8;
const grey = 170;
const most = 500;

export function readScreen(said: Uint8Array): Screen | undefined {
  const bytes = Buffer.from(said);
  const end = bytes.indexOf('\n');
  const match = /^(\d+) (\d+)$/.exec(bytes.subarray(0, Math.max(end, 0)).toString('latin1'));
  const [rows, columns] = [Number(match?.[1]), Number(match?.[2])];
  const characters = bytes.subarray(end + 1);
  const sane = rows > 0 && rows <= most && columns > 0 && columns <= most;
  return sane && characters.length >= rows * columns ? { rows, columns, characters } : undefined;
}

/** A font of the kernel's console, in either of the two formats that it has. Throws for anything else. */
export function readFont(file: Uint8Array): Font {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length > 4 && view.getUint16(0, true) === 0x0436) {
    const height = view.getUint8(3);
    return { height, glyphs: file.subarray(4, 4 + 256 * height) };
  }
  if (file.length > 32 && view.getUint32(0, true) === 0x864ab572 && view.getUint32(28, true) === glyphWidth) {
    const [begin, height] = [view.getUint32(8, true), view.getUint32(24, true)];
    return { height, glyphs: file.subarray(begin, begin + 256 * height) };
  }
  throw new Error('the font is of no format that is known');
}

export function drawScreen(
  { rows, columns, characters }: Screen,
  { height, glyphs }: Font,
): Promise<Uint8Array> {
  const width = columns * cellWidth;
  const pixels = new Uint8Array(width * rows * height * 4);
  for (let at = 3; at < pixels.length; at += 4) pixels[at] = 255;
  for (let cell = 0; cell < rows * columns; cell += 1) {
    const glyph = (characters[cell] ?? 0x20) * height;
    const corner = Math.floor(cell / columns) * height * width + (cell % columns) * cellWidth;
    for (let line = 0; line < height; line += 1) {
      const bits = glyphs[glyph + line] ?? 0;
      for (let column = 0; column < glyphWidth; column += 1) {
        const pixel = (corner + line * width + column) * 4;
        if ((bits >> (glyphWidth - 1 - column)) & 1) pixels.fill(grey, pixel, pixel + 3);
      }
    }
  }
  return encodePng(pixels, width, rows * height);
}

/** The font of a PC's text mode, from Debian's own package of it. */
export async function provideFont(context: Context, mirror: string | undefined): Promise<Font> {
  const wanted = { suite: 'trixie', arch: context.hostArch, names: ['console-setup-linux'] } as const;
  const exclude = [
    'kbd',
    'keyboard-configuration',
    'console-setup',
    'debconf',
    'init-system-helpers',
    'initscripts',
  ];
  const debs = await providePackages(context, { ...wanted, exclude, mirror, label: 'console font' });
  const deb = debs.find(({ name }) => name === 'console-setup-linux');
  if (deb === undefined)
    throw labError('PackageNotFound', {
      name: 'console-setup-linux',
      suite: 'trixie',
      arch: context.hostArch,
    });
  const files = await extractFiles(deb.path, (path) => path.endsWith('/consolefonts/Lat15-VGA16.psf.gz'));
  const [font] = files.values();
  if (font === undefined)
    throw labError('PackageDamaged', { path: deb.path, reason: 'there is no font in it' });
  return readFont(gunzipSync(font.content));
}
