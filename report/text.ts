/** Text that somebody else wrote, made fit to be seen. */

// C0 and C1 controls, and characters that reorder or hide text: bidi controls, invisible spaces, tags, line
// separators; lone surrogates and non-characters, which XML cannot hold either. Zero-width (non-)joiners stay:
// several scripts need them to write a name.
const unseen =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb\ufffe\uffff]|[\u{e0000}-\u{e0fff}]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu;

/** Replaces what cannot be seen by what can: ESC by `␛`, other controls by their number as `[U+202E]`. */
export function visible(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(unseen, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x20) return String.fromCodePoint(0x2400 + code);
    if (code === 0x7f) return '\u2421';
    return `[U+${code.toString(16).toUpperCase().padStart(4, '0')}]`;
  });
}

/** The same in one line. */
export function visibleLine(text: string): string {
  // Each run of spaces once, whatever is in it.
  return visible(text).replace(/\s+/g, (run) => (/[\n\t]/.test(run) ? ' ' : run));
}

/**
 * At most `maxLines` lines of at most `maxColumns` characters: the beginning and, because a kernel says the worst
 * last, twice as much of the end. What is left out is counted in its place.
 */
export function excerpt(lines: readonly string[], maxLines: number, maxColumns = 240): string[] {
  const short = (line: string) =>
    line.length <= maxColumns
      ? line
      : `${line.slice(0, maxColumns)} … ${line.length - maxColumns} more characters`;
  if (lines.length <= maxLines) return lines.map(short);
  const head = Math.floor(maxLines / 3);
  const tail = maxLines - head;
  const left = lines.length - head - tail;
  return [
    ...lines.slice(0, head).map(short),
    `… ${left} ${left === 1 ? 'line is' : 'lines are'} left out here; dmesg.txt has them all …`,
    ...lines.slice(-tail).map(short),
  ];
}
