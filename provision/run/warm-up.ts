/** Readies a machine for its first run while there is time: an emulated machine is slow at all that it does first. */
import { randomBytes } from 'node:crypto';
import type { Guest } from '../guest/guest.ts';
import { loadScript, markScript, settleScript } from './scripts.ts';

/** No module has this name, and there is no such file: the kernel, whose log is the student's, hears nothing of it. */
const name = 'lab3_warm_up';
/** About as large as a module with its debug information. */
const size = 256 * 1024;
const deadlineMs = 10_000;

/**
 * Goes the way of a run without a module, so that the emulator has translated that way: it saves the first run a
 * quarter of a second. Leaves an empty screen. What fails here fails again, and is said, in the run.
 */
export async function warmUp(guest: Guest): Promise<void> {
  const path = '/run/warm-up';
  const mark = markScript(`lab3-mark ${randomBytes(8).toString('hex')}`);
  try {
    await guest.send(path, Buffer.alloc(size));
    await guest.run(loadScript(name, {}), { deadlineMs });
    await guest.run(settleScript(1), { deadlineMs });
    const clear = `rmmod ${name} 2>/dev/null; rm -f ${path}\n${mark}printf '\\033c\\033[?25l' >/dev/tty1`;
    await guest.run(clear, { deadlineMs });
    await guest.screenshot();
  } catch {
    // Said by whoever uses the machine.
  }
}
