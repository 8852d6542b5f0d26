/** QEMU's stub for gdb: opened when it is asked for, since whoever reaches it rules the machine. */
import type { Qmp } from './qmp.ts';

interface Chardev {
  readonly label: string;
  readonly filename: string;
}

/** The port on 127.0.0.1 that QEMU took; rejects with QEMU's own words. */
export async function openStub(qmp: Qmp, deadlineMs: number): Promise<number> {
  // QEMU itself takes a free port: one that we had found could be another's by the time it is opened.
  const command = { 'command-line': 'gdbserver tcp:127.0.0.1:0' };
  const said = String(await qmp.execute('human-monitor-command', command, deadlineMs)).trim();
  const devices = (await qmp.execute('query-chardev', {}, deadlineMs)) as Chardev[];
  const stub = devices.find(({ label }) => label === 'gdb');
  const port = Number(/\btcp:127\.0\.0\.1:(\d+)\b/.exec(stub?.filename ?? '')?.[1] ?? 0);
  if (port === 0) throw new Error(said === '' ? 'QEMU does not say on which port its stub listens' : said);
  return port;
}
