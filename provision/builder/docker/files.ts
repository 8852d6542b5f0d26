/** Files out of a container, through the archive call. */
import type { Container } from 'dockerode';
import { LabError } from '../../../lab/errors.ts';
import type { Client } from './client.ts';

/**
 * The one regular file of an archive that the engine sends, in pieces; undefined when there is none of at most
 * `mostBytes`.
 */
export async function receiveFile<T>(
  client: Client,
  container: Container,
  path: string,
  mostBytes: number,
  read: (content: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T | undefined> {
  let stream: NodeJS.ReadableStream;
  try {
    stream = await client.call('send a file', container.getArchive({ path }));
  } catch (error) {
    if (error instanceof LabError && error.params.status === 404) return undefined;
    throw error;
  }
  const { extract } = (await import('tar-stream')).default;
  const archive = extract();
  const first = async (): Promise<T | undefined> => {
    for await (const entry of archive) {
      if (entry.header.type !== 'file' || (entry.header.size ?? 0) > mostBytes) return undefined;
      return await read(entry as AsyncIterable<Uint8Array>);
    }
    return undefined;
  };
  stream.on('error', (error: Error) => archive.destroy(error));
  stream.pipe(archive);
  return client.call('send a file', first());
}
