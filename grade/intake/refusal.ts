import { visibleLine } from '../../report/text.ts';

/** Why nothing of a submission is taken, in words that follow its name. Ends the reading of that submission alone. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  /** A whole sentence, which names what is refused. */
  readonly whole: boolean;

  constructor(message: string, whole = false) {
    super(message);
    this.whole = whole;
  }
}

const longest = 120;

/** A name out of an archive, fit for a sentence: one line, visible, cut. */
export function shown(name: string): string {
  const line = visibleLine(name.slice(0, 4 * longest));
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}
