/** The kernel's log as /dev/kmsg gives it, put into the shape that it has on a serial console. */

/** Written by box.sh where the lab's own machine writes to its serial console. */
const consolePrefix = 'lab3-console: ';
/** A record with its values is no longer than this; what is, is no record. */
const longestLine = 64 * 1024;

/**
 * Reads records `priority,sequence,microseconds,flags;text`. What is not printable in a text is written out there, lines
 * that begin with a space are values for other programs.
 */
export class KmsgReader {
  private readonly begin: string;
  private readonly write: (text: Buffer) => void;
  private readonly onBegin: () => void;
  private partial = '';
  private last = -1;
  private begun = false;

  /** @param begin text of the record after which the log begins: what was there before is another's */
  constructor(begin: string, write: (text: Buffer) => void, onBegin: () => void = () => undefined) {
    this.begin = begin;
    this.write = write;
    this.onBegin = onBegin;
  }

  read(chunk: Buffer): void {
    const lines = `${this.partial}${chunk.toString('latin1')}`.split('\n');
    this.partial = (lines.pop() ?? '').slice(-longestLine);
    const said = lines.map((line) => this.shown(line)).join('');
    if (said !== '') this.write(Buffer.from(said, 'latin1'));
  }

  private shown(line: string): string {
    const match = /^(\d+),(\d+),(\d+),[^;]*;(.*)$/.exec(line);
    if (match === null) return '';
    const [, priority = '', sequence = '', time = '', escaped = ''] = match;
    const number = Number(sequence);
    // Whoever opens the log anew gets all that is still there.
    if (number <= this.last) return '';
    const lost = this.begun ? number - this.last - 1 : 0;
    this.last = number;
    const gap = lost > 0 ? `[lab3: ${lost} messages of the kernel were lost here]\n` : '';
    const text = escaped.replaceAll(/\\x([0-9a-f]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    if (!this.begun) {
      this.begun = text === this.begin;
      if (this.begun) this.onBegin();
      return '';
    }
    // Only the kernel has facility 0, so no module can write what looks like the console.
    if (Number(priority) >= 8 && text.startsWith(consolePrefix))
      return `${gap}${text.slice(consolePrefix.length)}\n`;
    const seconds = time.padStart(7, '0').slice(0, -6).padStart(5);
    const prefix = `[${seconds}.${time.padStart(6, '0').slice(-6)}] `;
    return (
      gap +
      text
        .split('\n')
        .map((part) => `${prefix}${part}\n`)
        .join('')
    );
  }
}
