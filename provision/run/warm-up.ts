/** Readies a machine for its first run while there is time: an emulated machine is slow at all that it does first. */
import { randomBytes } from 'node:crypto';
import type { Guest } from '../guest/guest.ts';
import { loadScript, markScript, settleScript } from './scripts.ts';

/** No module has this name, and there is no such file: the kernel, whose log is the student's, hears nothing of it. */
const name = 'lab3_warm_up';
const deadlineMs = 10_000;

/**
 * Goes the way of a run without a module, so that the emulator has translated that way: it saves the first run a
 * quarter of a second. Leaves an empty screen. What fails here fails again, and is said, in the run.
 */
export async function warmUp(guest: Guest): Promise<void> {
  // In one go: who calls this may have other work, and would keep the machine waiting between one and the next.
  const script = `dd if=/dev/zero of=/run/warm-up bs=65536 count=4 status=none; mv /run/warm-up /run/warm-up.ko
(${loadScript(name, {})}) >/dev/null
(${settleScript(1)}) >/dev/null
rmmod ${name} 2>/dev/null
rm -f /run/warm-up.ko
${markScript(`lab3-mark ${randomBytes(8).toString('hex')}`)}printf '\\033c\\033[?25l' >/dev/tty1
`;
  try {
    await guest.run(script, { deadlineMs });
    await guest.screenshot();
  } catch {
    // Said by whoever uses the machine.
  }
}
