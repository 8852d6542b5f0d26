import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { encodePng, pngSize } from '../../lab/png.ts';
import { unpackWoff } from '../../report/figures/font.ts';

describe('PNG', () => {
  it('is written row by row and read back for its size', async () => {
    const pixels = Uint8Array.from([1, 2, 3, 255, 4, 5, 6, 255, 7, 8, 9, 255, 10, 11, 12, 255]);
    const png = Buffer.from(await encodePng(pixels, 2, 2));
    expect(pngSize(png)).toEqual({ width: 2, height: 2 });
    const at = png.indexOf('IDAT', 0, 'latin1');
    const rows = inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)));
    expect([...rows]).toEqual([0, 1, 2, 3, 255, 4, 5, 6, 255, 0, 7, 8, 9, 255, 10, 11, 12, 255]);
    // The trailer is the same in every PNG, checksum and all.
    expect(png.subarray(-12).toString('hex')).toBe('0000000049454e44ae426082');
  });

  it('has no size where it is none', async () => {
    const png = Buffer.from(await encodePng(new Uint8Array(4), 1, 1));
    expect(pngSize(png.subarray(0, 20))).toBeUndefined();
    expect(pngSize(Buffer.from('GIF89a'.padEnd(100)))).toBeUndefined();
    png.writeUInt32BE(0, 16);
    expect(pngSize(png)).toBeUndefined();
    png.writeUInt32BE(1_000_000, 16);
    expect(pngSize(png)).toBeUndefined();
  });
});

describe('unpackWoff', () => {
  it('gives the tables of a font at the places and with the sums that it names', () => {
    const file = createRequire(import.meta.url).resolve(
      '@fontsource/pt-sans/files/pt-sans-latin-400-normal.woff',
    );
    const woff = readFileSync(file);
    const font = unpackWoff(woff);
    expect(font.length).toBe(woff.readUInt32BE(16)); // totalSfntSize
    const count = font.readUInt16BE(4);
    const tags: string[] = [];
    for (let at = 12; at < 12 + 16 * count; at += 16) {
      const tag = font.toString('latin1', at, at + 4);
      tags.push(tag);
      const [offset, size] = [font.readUInt32BE(at + 8), font.readUInt32BE(at + 12)];
      let sum = 0;
      for (let word = offset; word < offset + size; word += 4) sum = (sum + font.readUInt32BE(word)) >>> 0;
      if (tag !== 'head') expect(sum, tag).toBe(font.readUInt32BE(at + 4));
    }
    expect(tags).toEqual(expect.arrayContaining(['cmap', 'glyf', 'head', 'loca']));
  });
});
