import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { encodePng, pngSize } from '../../../../lab/png.ts';
import { readPicture } from '../../../../provision/guest/vagrant/picture.ts';

describe('a picture of the screen', () => {
  it('of a pixmap is the same picture as PNG', async () => {
    const colours = [255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30];
    const png = Buffer.from(await readPicture(Buffer.from([...Buffer.from('P6\n2 2\n255\n'), ...colours])));
    expect(pngSize(png)).toEqual({ width: 2, height: 2 });
    const at = png.indexOf('IDAT');
    const rows = inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)));
    expect([...rows]).toEqual([0, 255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 0, 255, 255, 10, 20, 30, 255]);
  });

  it('that is PNG already stays as it is', async () => {
    const png = await encodePng(new Uint8Array(4), 1, 1);
    expect(await readPicture(png)).toBe(png);
  });

  it.each(['', 'P6\n2 2\n255\nabc', 'P5\n1 1\n255\na', 'GIF89a'])(
    'is refused when it is none: %j',
    async (text) => {
      await expect(readPicture(Buffer.from(text))).rejects.toThrow(/the picture is n/);
    },
  );
});
