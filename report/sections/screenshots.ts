/** The two screenshots of this result's VM, above the reference ones that the exercise came with. */

import { pngSize } from '../../lab/png.ts';
import type { Block, Picture, Section } from '../document.ts';
import { type NamedRun, totalInWords } from './runs.ts';

export const screenshotNames = ['no_spinlock', 'spinlock'] as const;
export type ScreenshotName = (typeof screenshotNames)[number];
export type Screenshots = ReadonlyMap<ScreenshotName, Uint8Array>;

export const screenshotPath = (name: ScreenshotName) => `img/${name}.png`;
export const referencePath = (name: ScreenshotName) => `img/reference_${name}.png`;

const words: Record<ScreenshotName, string> = { no_spinlock: 'without a lock', spinlock: 'with the lock' };

export function screenshotsSection(
  runs: readonly NamedRun[],
  screenshots: Screenshots,
  references: Screenshots,
): Section {
  const blocks: Block[] = [
    {
      kind: 'pictures',
      caption: 'This result: the console of the virtual machine after each run',
      pictures: screenshotNames.map((name) => {
        const named = runs.find(({ run }) => run.screenshot === screenshotPath(name));
        const seen = named === undefined ? '' : ` The run printed – ${totalInWords(named)}.`;
        return picture(screenshotPath(name), screenshots.get(name), {
          title: `This result, ${words[name]}`,
          alt: `Screenshot of the virtual machine’s console after the run ${words[name]}.${seen}`,
          missing: 'No screenshot: the run did not come to an end that could be photographed.',
        });
      }),
    },
  ];
  if (references.size > 0)
    blocks.push({
      kind: 'pictures',
      caption: 'Reference: the same console of another computer, for comparison',
      pictures: screenshotNames.map((name) =>
        picture(referencePath(name), references.get(name), {
          title: `Reference, ${words[name]}`,
          alt: `Reference screenshot, not of this result: a console after a run ${words[name]}.`,
          missing: 'No reference screenshot was given.',
        }),
      ),
    });
  return { id: 'screenshots', title: 'Screenshots', blocks };
}

function picture(
  path: string,
  bytes: Uint8Array | undefined,
  about: { title: string; alt: string; missing: string },
): Picture {
  const { title, alt, missing } = about;
  if (bytes === undefined) return { path, title, alt, missing };
  const size = pngSize(bytes);
  if (size === undefined)
    return { path, title, alt, missing: 'No screenshot: the file is not a PNG picture.' };
  return { path, title, alt, image: { bytes, ...size } };
}
