/** This terminal, or this process's standard input, joined to a shell in the guest. */
import { text } from 'node:stream/consumers';
import { labError } from '../lab/errors.ts';
import type { Guest } from '../provision/guest/guest.ts';
import type { Ui } from './ui/ui.ts';

/** Ctrl-], as telnet has it: the way out that no program in the guest can take away. */
const leave = 0x1d;
/** A script that waits for something that never comes still ends. */
const scriptDeadlineMs = 3_600_000;
const resizeDeadlineMs = 5_000;

/**
 * Hands the terminal over, raw both ways, until the shell ends or the person leaves.
 *
 * @param ready what is to be done once the shell is there and before anybody types
 */
export async function interactiveShell(
  guest: Guest,
  module: string,
  ui: Ui,
  signal: AbortSignal,
  ready: () => Promise<void>,
): Promise<undefined> {
  const { stdin, stdout } = process;
  ui.tell(ui.style.dim(`/root/${module}.ko is there. Leave with exit or Ctrl-].`));
  const size = () => ({ columns: stdout.columns ?? 80, rows: stdout.rows ?? 24 });
  const shell = await guest.openShell(size());
  await ready();
  // The terminal's driver tells the shell's foreground program; a guest that is busy keeps its old size.
  const resized = () =>
    void guest
      .run(
        `read -r tty </run/lab3/tty; stty -F "\${tty:-/dev/hvc0}" rows ${size().rows} cols ${size().columns}`,
        { deadlineMs: resizeDeadlineMs },
      )
      .catch(() => undefined);
  let ended = () => {};
  const end = new Promise<void>((done) => {
    ended = done;
  });
  const typed = (chunk: Buffer) => {
    const at = chunk.indexOf(leave);
    if (at === -1) shell.write(chunk);
    else {
      if (at > 0) shell.write(chunk.subarray(0, at));
      ended();
    }
  };
  stdin.setRawMode(true);
  stdin.on('data', typed);
  stdin.on('end', ended);
  stdout.on('resize', resized);
  shell.on('data', (chunk: Buffer) => stdout.write(chunk));
  for (const event of ['end', 'close', 'error'] as const) shell.on(event, ended);
  signal.addEventListener('abort', ended);
  try {
    await end;
  } finally {
    stdin.setRawMode(false);
    stdin.off('data', typed);
    stdin.pause();
    stdout.off('resize', resized);
    shell.destroy();
    // Whatever colours, modes and alternate screen the guest had switched on are switched off.
    stdout.write('\u001b[0m\u001b[?1049l\u001b[?25h\r\n');
  }
  signal.throwIfAborted();
  return undefined;
}

/** What cmd and PowerShell send has their line ends, and a byte order mark at times; each would be part of a command. */
export function unixText(typed: string): string {
  return typed.replace(/^\ufeff/, '').replaceAll('\r\n', '\n');
}

/** Runs what standard input says and prints what it prints, as it comes. Answers 1 when the last command failed. */
export async function scriptedShell(
  guest: Guest,
  ui: Ui,
  signal: AbortSignal,
  ready: () => Promise<void>,
): Promise<number> {
  const script = unixText(await abortable(text(process.stdin), signal));
  await ready();
  const { json } = ui.options;
  // A shell of its own: `$$`, names and functions are those of whoever wrote it.
  const { status, output, timedOut } = await guest.run('exec sh /run/lab3/input </dev/null', {
    input: Buffer.from(`${script}\n`),
    deadlineMs: scriptDeadlineMs,
    ...(json ? {} : { onOutput: (chunk: Uint8Array) => void process.stdout.write(chunk) }),
  });
  if (json) ui.print(JSON.stringify({ status, output, timedOut }, null, 2));
  return status === 0 ? 0 : 1;
}

async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const interrupted = new Promise<never>((_, reject) => {
    const stop = () => reject(labError('Interrupted', undefined));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  return Promise.race([work, interrupted]);
}
