/** A rendering of a sample result, as a test wants it. */
import { deflateSync } from 'node:zlib';
import type { Result } from '../../lab/result.ts';
import { verdict } from '../../lab/verdict.ts';
import { figuresOf, type Rendering, type StudentText } from '../../report/document.ts';
import type { DrawnFigure } from '../../report/figures/figure.ts';
import { describeResult, type Evidence } from '../../report/model.ts';
import { sampleDmesg, sampleResult } from './sample.ts';

export const noText: StudentText = { name: '', group: '', conclusions: { text: '' } };

export function sampleRendering(
  result: Result = sampleResult(),
  { student = noText, ...evidence }: Partial<Evidence> & { student?: StudentText } = {},
): Rendering {
  const document = describeResult(result, {
    verdict: verdict(result),
    dmesg: sampleDmesg(result),
    screenshots: new Map([
      ['no_spinlock', samplePng()],
      ['spinlock', samplePng()],
    ]),
    references: new Map([
      ['no_spinlock', samplePng(640, 480)],
      ['spinlock', samplePng(640, 480)],
    ]),
    ...evidence,
  });
  const drawn: DrawnFigure = {
    svg: '<svg xmlns="http://www.w3.org/2000/svg" width="720" height="200" viewBox="0 0 720 200"></svg>',
    png: samplePng(),
    width: 720,
    height: 200,
  };
  return { document, student, figures: new Map(figuresOf(document).map(({ name }) => [name, drawn])) };
}

/** A grey PNG (PNG specification, 5). */
export function samplePng(width = 720, height = 400): Uint8Array {
  const chunk = (type: string, data: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const frame = Buffer.alloc(4);
    frame.writeUInt32BE(data.length);
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([frame, body, sum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8; // bits of a grey value
  const rows = Buffer.alloc((width + 1) * height, 0x40);
  for (let row = 0; row < height; row++) rows[row * (width + 1)] = 0; // no filter
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
