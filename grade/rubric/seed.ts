/** The secret that cases are drawn by. */
import { createHash } from 'node:crypto';
import type { SeedSource } from './rubric.ts';

export interface Seed {
  readonly text: string;
  /** For results: who has the seed itself knows every hidden case. */
  readonly sha256: string;
  /** Why students could know it, in a sentence; absent where they could not. */
  readonly weak?: string;
}

/** What stands in the variable and the file that the rubric names; absent where there is none. */
export interface SeedTexts {
  readonly env?: string | undefined;
  readonly file?: string | undefined;
}

const least = 12;

/** A seed is never required: without one the hash of the rubric is taken, and that is said. */
export function chooseSeed(source: SeedSource, texts: SeedTexts, rubricSha256: string): Seed {
  const text = (texts.env ?? texts.file ?? '').trim();
  const named = [
    ...(source.env === undefined ? [] : [`the variable ${source.env}`]),
    ...(source.file === undefined ? [] : [`the file ${source.file}`]),
  ].join(' or ');
  if (text === '') {
    const why = named === '' ? 'The rubric names no seed' : `There is no seed in ${named}`;
    return seedOf(
      rubricSha256,
      `${why}, so cases are drawn by the rubric itself: whoever has it can reckon them out.`,
    );
  }
  if (text.length >= least) return seedOf(text);
  return seedOf(
    text,
    `The seed in ${named} has ${text.length} characters, which can be guessed; take ${least} or more.`,
  );
}

function seedOf(text: string, weak?: string): Seed {
  const sha256 = createHash('sha256').update(`lab3.seed/1\n${text}`).digest('hex');
  return { text, sha256, ...(weak === undefined ? {} : { weak }) };
}
