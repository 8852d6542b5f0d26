/** One line of the kernel's log without what the console put around it. */
export interface LogLine {
  /** From 1, in the text as given. */
  readonly number: number;
  /** The message itself. */
  readonly text: string;
  /** Seconds since boot, from the timestamp. */
  readonly time?: number;
}

/** Longer lines are cut: nothing that the kernel says of itself is longer, and matching stays bounded. */
const maxLine = 1024;

// Sequences that a terminal would act on: the firmware sends some before the kernel starts.
const escapes = /\u001b(?:\[[0-?]*[ -/]*[@-~]|[@-Z\\-_c])/g;
const level = /^<\d{1,3}>/;
const stamp = /^\[ {0,8}(\d{1,9}\.\d{6})\] ?/;
/** CONFIG_PRINTK_CALLER: the task or the CPU that printed. */
const caller = /^\[ {0,8}[TC]\d{1,8}\] ?/;
const dropped = /^\*\* (\d{1,12}) printk messages dropped \*\* ?/;

/** The lines of a console, prefixes taken off; lines are ended by `\n`, `\r\n` or a stray `\r`. */
export function readLines(text: string): LogLine[] {
  return text.split('\n').map((raw, at) => {
    let rest = raw.slice(0, maxLine).replaceAll('\r', '').replaceAll(escapes, '');
    let time: number | undefined;
    rest = rest.replace(level, '');
    const found = stamp.exec(rest);
    if (found !== null) {
      time = Number(found[1]);
      rest = rest.slice(found[0].length);
    }
    rest = rest.replace(caller, '');
    return { number: at + 1, text: rest.trimEnd(), ...(time === undefined ? {} : { time }) };
  });
}

/** How many messages the kernel says it dropped before this one, and the message. */
export function takeDropped(text: string): { count: string; rest: string } | undefined {
  const found = dropped.exec(text);
  if (found === null) return undefined;
  const rest = text.slice(found[0].length).replace(stamp, '').replace(caller, '');
  return { count: found[1] ?? '0', rest };
}
