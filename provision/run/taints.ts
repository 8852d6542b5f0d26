/** The kernel's own word for what its log seems to say: whoever prints a crash has not had one. */
import { parseConsole, wantsTaints } from '../../lab/console.ts';
import { LabError } from '../../lab/errors.ts';
import type { Guest } from '../guest/guest.ts';

const deadlineMs = 15_000;

/** Bits of /proc/sys/kernel/tainted; undefined where the log `text` holds nothing that they would tell of, or nobody answers. */
export async function taintsAfter(guest: Guest, text: string): Promise<number | undefined> {
  if (!wantsTaints(parseConsole(text))) return undefined;
  try {
    const { status, output } = await guest.run('dd if=/proc/sys/kernel/tainted status=none', {
      deadlineMs,
      limitBytes: 64,
    });
    return status === 0 && /^\d{1,9}$/.test(output.trim()) ? Number(output) : undefined;
  } catch (error) {
    if (error instanceof LabError && error.fault !== 'interrupted') return undefined;
    throw error;
  }
}
