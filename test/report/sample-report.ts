/** A rendering of a sample result, as a test wants it. */

import { encodePng } from '../../lab/png.ts';
import type { Result } from '../../lab/result.ts';
import { verdict } from '../../lab/verdict.ts';
import { figuresOf, type Rendering, type StudentText } from '../../report/document.ts';
import type { DrawnFigure } from '../../report/figures/figure.ts';
import { describeResult, type Evidence } from '../../report/model.ts';
import { sampleDmesg, sampleResult } from './sample.ts';

export const noText: StudentText = { name: '', group: '', conclusions: { text: '' } };

const screenshot = await samplePng();
const reference = await samplePng(640, 480);

export function sampleRendering(
  result: Result = sampleResult(),
  { student = noText, ...evidence }: Partial<Evidence> & { student?: StudentText } = {},
): Rendering {
  const document = describeResult(result, {
    verdict: verdict(result),
    dmesg: sampleDmesg(result),
    screenshots: new Map([
      ['no_spinlock', screenshot],
      ['spinlock', screenshot],
    ]),
    references: new Map([
      ['no_spinlock', reference],
      ['spinlock', reference],
    ]),
    ...evidence,
  });
  const drawn: DrawnFigure = {
    svg: '<svg xmlns="http://www.w3.org/2000/svg" width="720" height="200" viewBox="0 0 720 200"></svg>',
    png: screenshot,
    width: 720,
    height: 200,
  };
  return { document, student, figures: new Map(figuresOf(document).map(({ name }) => [name, drawn])) };
}

/** A grey picture. */
export function samplePng(width = 720, height = 400): Promise<Uint8Array> {
  return encodePng(new Uint8Array(width * height * 4).fill(0x40), width, height);
}
