/** What serves the host in a machine of Vagrant: busybox and our scripts, as one archive. */
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { Architecture, Suite } from '../../../lab/names.ts';
import type { Context } from '../../context.ts';
import { readBoxScripts } from '../init/scripts.ts';
import { provideBusybox } from '../initramfs.ts';

export interface Payload {
  /** The same archive has the same. */
  readonly sum: string;
  readonly content: Buffer;
}

export async function makePayload(
  context: Context,
  request: { suite: Suite; arch: Architecture; mirror?: string | undefined },
): Promise<Payload> {
  const program = await provideBusybox(context, request);
  const { pack } = (await import('tar-stream')).default;
  const archive = pack();
  // A fixed time: the same files are the same archive.
  const entry = { mode: 0o755, mtime: new Date(0) };
  archive.entry({ ...entry, name: 'busybox' }, Buffer.from(program));
  for (const { path, content } of await readBoxScripts())
    archive.entry({ ...entry, name: path }, Buffer.from(content));
  archive.finalize();
  const content = await buffer(archive);
  return { content, sum: createHash('sha256').update(content).digest('hex') };
}
