/** Threads of the kernel as its tracing saw them come and go. Guest output: lines of no known form are passed over. */
import { beganMark } from './script.ts';

export interface ThreadCounts {
  /** Made while the trace went on. */
  readonly made: number;
  /** The most of them at once. */
  readonly atOnce: number;
  /** How many were there when the module was first told to go; absent where it was not. */
  readonly atUnload?: number;
}

const forked = /^\s*sched_process_fork: comm=kthreadd pid=2 child_comm=(.{0,16}) child_pid=(\d{1,10})\s*$/s;
const renamed = /^\s*task_rename: pid=(\d{1,10}) oldcomm=kthreadd newcomm=(.{0,16}) oom_score_adj=-?\d+\s*$/s;
const exited = /^\s*sched_process_exit: comm=.{0,16} pid=(\d{1,10}) prio=\d+/s;
const unloading = /^\s*tracing_mark_write: lab3 unloading\s*$/;
const header = /^# tracer: nop/;
const began = new RegExp(`^\\s*tracing_mark_write: ${beganMark}\\s*$`);

/** Workers of the kernel's own pools come and go as they like. Threads have their names from the fork on, or soon after. */
const ownWorker = /^kworker\/(?:u?\d+:\d|R-)/;

/** Undefined where this is no trace: then nothing was counted, not none. */
export function readThreads(trace: readonly string[]): ThreadCounts | undefined {
  if (!trace.some((line) => header.test(line))) return undefined;
  // The machine's own threads come and go before a run too, and one that is used again has those of other modules.
  const lines = trace.slice(trace.findLastIndex((line) => began.test(line)) + 1);
  const workers = new Set<string>();
  for (const line of lines) {
    const [, pid, name] = renamed.exec(line) ?? [];
    if (pid !== undefined && ownWorker.test(name ?? '')) workers.add(pid);
  }
  const alive = new Set<string>();
  let [made, atOnce] = [0, 0];
  let atUnload: number | undefined;
  for (const line of lines) {
    const [, name, born] = forked.exec(line) ?? [];
    const gone = exited.exec(line)?.[1];
    if (born !== undefined) {
      if (workers.has(born) || ownWorker.test(name ?? '')) continue;
      made += 1;
      alive.add(born);
      atOnce = Math.max(atOnce, alive.size);
    } else if (gone !== undefined) alive.delete(gone);
    else if (unloading.test(line)) atUnload ??= alive.size;
  }
  return { made, atOnce, ...(atUnload === undefined ? {} : { atUnload }) };
}
