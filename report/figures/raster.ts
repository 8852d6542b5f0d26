/** SVG to PNG: resvg with a font of our own. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { encodePng } from '../../lab/png.ts';
import { unpackWoff } from './font.ts';
import { fontFamily } from './theme.ts';

/** Pixels of the PNG per CSS pixel: sharp on paper at 170 mm. */
const pngScale = 2;

type Resvg = typeof import('@resvg/resvg-wasm').Resvg;
type Alphabet = 'latin' | 'cyrillic';
let ready: Promise<Resvg> | undefined;
const fonts = new Map<Alphabet, Promise<Uint8Array[]>>();

/** `svg` is one that `drawSvg` made. */
export async function rasterize(svg: string): Promise<Uint8Array> {
  ready ??= prepare();
  const Resvg = await ready;
  // Each picture reads its fonts anew, so it gets no more of them than it has letters for.
  const alphabets: Alphabet[] = /[\u0400-\u04ff]/.test(svg) ? ['latin', 'cyrillic'] : ['latin'];
  const picture = new Resvg(svg, {
    background: '#ffffff',
    fitTo: { mode: 'zoom', value: pngScale },
    font: {
      fontBuffers: (await Promise.all(alphabets.map(fontsOf))).flat(),
      defaultFontFamily: fontFamily,
    },
  });
  const image = picture.render();
  try {
    // resvg's own encoder takes several times as long as Node's zlib.
    return await encodePng(image.pixels, image.width, image.height);
  } finally {
    image.free();
    picture.free();
  }
}

/** scripts/build.mjs puts these files next to the bundle's chunks; run from source, they are where npm put them. */
async function readAsset(name: string): Promise<Buffer> {
  const built = new URL(`./${basename(name)}`, import.meta.url);
  return readFile(existsSync(built) ? built : createRequire(import.meta.url).resolve(name));
}

async function prepare(): Promise<Resvg> {
  const { initWasm, Resvg } = await import('@resvg/resvg-wasm');
  await initWasm(await readAsset('@resvg/resvg-wasm/index_bg.wasm'));
  return Resvg;
}

/** Regular and bold. */
function fontsOf(alphabet: Alphabet): Promise<Uint8Array[]> {
  let read = fonts.get(alphabet);
  if (read === undefined) {
    const files = [400, 700].map((weight) => `pt-sans-${alphabet}-${weight}-normal.woff`);
    read = Promise.all(
      files.map(async (file) => unpackWoff(await readAsset(`@fontsource/pt-sans/files/${file}`))),
    );
    fonts.set(alphabet, read);
  }
  return read;
}
