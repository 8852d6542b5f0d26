/**
 * Machines that share fewer processors than they have. Where each gets its share, one processor of a machine is taken away while
 * it holds a lock, and the others of the same machine spin until it is back: two machines at once then cost a fifth more than
 * one after the other. So one goes first, and the rest take what it leaves.
 */
import { readdir } from 'node:fs/promises';
import { constants, getPriority, setPriority } from 'node:os';

/** Of all but the first. A tenth of a processor is still theirs when the first takes all of it. */
const second = constants.priority.PRIORITY_BELOW_NORMAL;
const last = constants.priority.PRIORITY_LOW;

/** Several times what a run takes. A machine that is at work so long hangs, and gives way to all that do not. */
const usualPatienceMs = 20_000;

export interface Place {
  /** For a process that has just been started and has no threads yet. */
  take(pid: number): void;
  /** Once that process is gone. */
  leave(): void;
}

export class Precedence {
  private isTaken = false;
  private readonly platform: NodeJS.Platform;
  private readonly patienceMs: number;

  constructor(platform: NodeJS.Platform, patienceMs = usualPatienceMs) {
    this.platform = platform;
    this.patienceMs = patienceMs;
  }

  enter(): Place {
    let leads = !this.isTaken;
    this.isTaken = true;
    const giveUpLead = () => {
      if (leads) this.isTaken = false;
      leads = false;
    };
    let late: NodeJS.Timeout | undefined;
    return {
      take: (pid) => {
        if (!leads) give(pid, second);
        late = setTimeout(() => {
          giveUpLead();
          void this.giveWay(pid);
        }, this.patienceMs).unref();
      },
      leave: () => {
        clearTimeout(late);
        giveUpLead();
      },
    };
  }

  /** Linux has a priority for each thread; a new one has that of the thread which made it. */
  private async giveWay(pid: number): Promise<void> {
    const threads = this.platform === 'linux' ? await readdir(`/proc/${pid}/task`).catch(() => []) : [];
    for (const id of new Set([pid, ...threads.map(Number)])) give(id, last);
  }
}

/** Nothing hangs on it but time, so who is gone, or may not be told, stays as it is. */
function give(pid: number, priority: number): void {
  try {
    // Whoever started lab3 as something less urgent goes on to mean it.
    setPriority(pid, Math.max(getPriority(pid), priority));
  } catch {}
}
