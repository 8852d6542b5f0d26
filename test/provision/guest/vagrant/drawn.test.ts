import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { pngSize } from '../../../../lab/png.ts';
import { drawScreen, readFont, readScreen } from '../../../../provision/guest/vagrant/drawn.ts';

/** Two rows high: `A` is a bar on the left of the upper one, all else is empty. */
const glyphs = new Uint8Array(512);
glyphs[0x41 * 2] = 0b1100_0000;

describe('a text screen', () => {
  it('is read from what the box prints of it', () => {
    const screen = readScreen(Buffer.from('2 3\nabcdef'));
    expect(screen).toMatchObject({ rows: 2, columns: 3 });
    expect(Buffer.from(screen?.characters ?? []).toString()).toBe('abcdef');
  });

  it.each(['', 'stty: /dev/tty1: no such file\n', '2 3\nabc', '0 0\n', '9999 9999\n', '2 3'])(
    'is none where the box has none: %j',
    (said) => {
      expect(readScreen(Buffer.from(said))).toBeUndefined();
    },
  );

  it('is drawn in grey on black, nine pixels for a character', async () => {
    const screen = { rows: 1, columns: 2, characters: Buffer.from('A ') };
    const png = Buffer.from(await drawScreen(screen, { height: 2, glyphs }));
    expect(pngSize(png)).toEqual({ width: 18, height: 2 });
    const at = png.indexOf('IDAT');
    const rows = inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)));
    const reds = [...rows.subarray(1, 1 + 18 * 4)].filter((_, index) => index % 4 === 0);
    expect(reds).toEqual([170, 170, ...Array(16).fill(0)]);
    expect(rows.subarray(18 * 4 + 2).filter((value) => value === 170)).toHaveLength(0);
  });
});

describe('a font of the console', () => {
  it('is read in both formats', () => {
    const first = Buffer.concat([Buffer.from([0x36, 0x04, 0, 2]), glyphs]);
    expect(readFont(first)).toEqual({ height: 2, glyphs: Buffer.from(glyphs) });
    const header = new Uint32Array([0x864ab572, 0, 32, 0, 256, 2, 2, 8]);
    const second = Buffer.concat([Buffer.from(header.buffer), glyphs]);
    expect(readFont(second)).toEqual({ height: 2, glyphs: Buffer.from(glyphs) });
  });

  it.each([Buffer.alloc(0), Buffer.from('no font at all, but long enough to be one')])(
    'is nothing else',
    (file) => {
      expect(() => readFont(file)).toThrow(/no format/);
    },
  );
});
