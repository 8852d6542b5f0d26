/**
 * The toolchain as a cpio archive that the kernel unpacks at boot, below /toolchain. Made from the packages
 * themselves: nothing is unpacked on this computer's disk, so Windows, where links need rights, can make it.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { step } from '../../../lab/events.ts';
import {
  cachePath,
  exists,
  fileSystemError,
  temporaryName,
  throwIfInterrupted,
  withLock,
} from '../../cache.ts';
import type { Context } from '../../context.ts';
import { type CpioEntry, cpioChunks } from '../../guest/cpio.ts';
import { renameWhenFree } from '../../host/rename.ts';
import { readDeb } from '../../packages/deb.ts';
import type { DebFile } from '../../packages/provide.ts';
import { mergedFolders } from '../../packages/tree-writer.ts';
import { isToolchainFile, toolchainLinks, toolchainRevision } from '../toolchain.ts';

/** Where the archive's files are in the guest. */
export const toolchainRoot = 'toolchain';

/** Path of the archive in the cache; the same packages give the same archive. */
export async function toolchainArchive(context: Context, debs: readonly DebFile[]): Promise<string> {
  const identity = [debs.map(({ sha256 }) => sha256).sort(), toolchainLinks, toolchainRevision, 1];
  const key = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32);
  const file = cachePath(context, 'initramfs', `toolchain-${key}.cpio`);
  if (await exists(file)) return file;
  await step(context.emit, 'Packing compiler and kernel headers for the VM', (shown) =>
    withLock(
      context,
      `toolchain-${key}`,
      async () => {
        if (await exists(file)) return;
        const total = debs.reduce((sum, { size }) => sum + size, 0);
        const bytes = await write(
          context,
          file,
          entries(context, debs, (done) => shown.progress(done, 'bytes', total)),
        );
        shown.summary(`${Math.round(bytes / 2 ** 20)} MiB`);
      },
      { note: (text) => shown.note(text) },
    ),
  );
  return file;
}

async function write(context: Context, file: string, from: AsyncIterable<CpioEntry>): Promise<number> {
  const temporary = temporaryName(file);
  let bytes = 0;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    const stream = createWriteStream(temporary);
    const failed = once(stream, 'error').then(([error]) => Promise.reject(error));
    failed.catch(() => {});
    for await (const chunk of cpioChunks(from)) {
      throwIfInterrupted(context.signal);
      bytes += chunk.length;
      if (!stream.write(chunk)) await Promise.race([once(stream, 'drain'), failed]);
    }
    await Promise.race([new Promise<void>((resolve) => stream.end(resolve)), failed]);
    await renameWhenFree(temporary, file);
    return bytes;
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw fileSystemError(error, file);
  }
}

async function* entries(
  context: Context,
  debs: readonly DebFile[],
  progress: (done: number) => void,
): AsyncGenerator<CpioEntry> {
  const made = new Set<string>();
  function* place(name: string): Generator<CpioEntry> {
    const parts = `${toolchainRoot}/${name}`.split('/');
    for (let depth = 1; depth < parts.length; depth += 1) {
      const folder = parts.slice(0, depth).join('/');
      if (made.has(folder)) continue;
      made.add(folder);
      yield { type: 'directory', path: folder };
    }
  }
  const within = (name: string) => `${toolchainRoot}/${name}`;

  for (const folder of ['dev', 'tmp', 'work', ...mergedFolders.map((name) => `usr/${name}`)]) {
    yield* place(`${folder}/.`);
  }
  for (const folder of mergedFolders)
    yield { type: 'symlink', path: within(folder), target: `usr/${folder}` };
  for (const [name, target] of Object.entries(toolchainLinks)) {
    yield { type: 'symlink', path: within(name), target };
  }
  let done = 0;
  for (const deb of debs) {
    for await (const entry of readDeb(deb.path)) {
      throwIfInterrupted(context.signal);
      const name = merged(entry.path);
      if (entry.type === 'directory' || !isToolchainFile(name)) continue;
      yield* place(name);
      if (entry.type === 'file') {
        yield { type: 'file', path: within(name), mode: entry.mode & 0o755, content: await entry.content() };
      } else if (entry.type === 'symlink') {
        yield { type: 'symlink', path: within(name), target: entry.target ?? '' };
      } else {
        // A second name of a file: a link says the same to who only reads.
        yield { type: 'symlink', path: within(name), target: `/${merged(entry.target ?? '')}` };
      }
    }
    done += deb.size;
    progress(done);
  }
}

function merged(name: string): string {
  return mergedFolders.some((folder) => name.startsWith(`${folder}/`)) ? `usr/${name}` : name;
}
