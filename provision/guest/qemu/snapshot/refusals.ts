/**
 * Saved states that could not be taken up, though they were what had been saved. One may be bad; where the next two of the same
 * machine are refused too, the last of them one without a memory file, this QEMU cannot do it, and each start would wait, boot
 * and save a hundred MB for nothing.
 */
import { readFile, rm, stat } from 'node:fs/promises';
import { cachePath, writeAtomic } from '../../../cache.ts';
import type { Context } from '../../../context.ts';

type Place = Pick<Context, 'cacheDir'>;

const enough = 3;
/** Then it is tried again: a busy computer may have been the reason. */
const forgottenMs = 7 * 24 * 3600_000;

/**
 * @param key of the machine
 * @param id of the state: two machines that fail with the same one are one refusal
 */
export async function noteRefusal(context: Place, key: string, id: string): Promise<void> {
  const ids = new Set([...(await read(context, key)), id]);
  // What cannot be noted is tried again.
  await writeAtomic(pathOf(context, key), JSON.stringify([...ids].slice(-enough))).catch(() => undefined);
}

/**
 * Whether the next state of such a machine is to be one stream, without a memory file. One refusal may have had any reason, such
 * as somebody who ended the machine.
 */
export async function mayBeForMemory(context: Place, key: string): Promise<boolean> {
  return (await read(context, key)).length === enough - 1;
}

/** Whether a machine like this one is not to be saved any more. */
export async function isHopeless(context: Place, key: string): Promise<boolean> {
  return (await read(context, key)).length >= enough;
}

/** One was taken up. */
export async function forgetRefusals(context: Place, key: string): Promise<void> {
  await rm(pathOf(context, key), { force: true }).catch(() => undefined);
}

async function read(context: Place, key: string): Promise<string[]> {
  try {
    const path = pathOf(context, key);
    if (Date.now() - (await stat(path)).mtimeMs > forgottenMs) return [];
    const ids: unknown = JSON.parse(await readFile(path, 'utf8'));
    return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : [];
  } catch {
    return [];
  }
}

function pathOf(context: Place, key: string): string {
  return cachePath(context, 'snapshots-refused', `${key}.json`);
}
