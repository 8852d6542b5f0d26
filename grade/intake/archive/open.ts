/** An archive in memory, whatever its kind, as the entries in it. */
import { Readable } from 'node:stream';
import zlib from 'node:zlib';
import { LabError, labError } from '../../../lab/errors.ts';
import { unxz } from '../../../provision/packages/xz.ts';
import type { Entry } from '../entry.ts';
import type { Budget } from '../limits.ts';
import { Refusal, shown } from '../refusal.ts';
import { archiveKind } from './kind.ts';
import { tarEntries } from './tar.ts';
import { zipEntries } from './zip.ts';

/**
 * Unpacked as they are asked for, and counted as they come. Entries of a tar are to be read in their order.
 * @throws Refusal for an archive that is damaged, of a kind that is not opened, or over a limit; LabError where this
 *   computer cannot open one
 */
export async function* archiveEntries(
  bytes: Uint8Array,
  budget: Budget,
): AsyncGenerator<Entry, void, undefined> {
  try {
    for await (const entry of open(bytes, budget)) {
      budget.entry();
      yield { ...entry, chunks: () => explained(entry.chunks()) };
    }
  } catch (error) {
    throw damaged(error);
  }
}

async function* open(bytes: Uint8Array, budget: Budget): AsyncGenerator<Entry> {
  if (bytes.length === 0) throw new Refusal('it is empty');
  const kind = archiveKind(bytes);
  if (kind === undefined) throw new Refusal('it is damaged: it is neither zip nor tar inside');
  if (typeof kind === 'object')
    throw new UnopenedKind(
      `it is a ${kind.other} archive, which is not opened here; .zip, .tar.gz and .tar.xz are`,
    );
  if (kind === 'zip') {
    for await (const entry of zipEntries(bytes, budget.limits.entries))
      yield { ...entry, chunks: () => counted(entry.chunks(), budget) };
  } else {
    yield* tarEntries(counted(kind === 'tar' ? pieces(bytes) : tarIn(unpacked(kind, bytes)), budget));
  }
}

/** Sound, as far as we know, and of a kind that we do not open. */
export class UnopenedKind extends Refusal {}

/** Two blocks of a tar, by which one is known. */
const tarStart = 1024;

/** A log is packed by gzip as well, and is no archive for that. */
async function* tarIn(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let start: Uint8Array | undefined = new Uint8Array();
  const demandTar = (bytes: Uint8Array) => {
    if (bytes.length > 0 && archiveKind(bytes) !== 'tar')
      throw new UnopenedKind('it is one packed file, and no archive is in it');
  };
  for await (const chunk of chunks) {
    if (start === undefined) {
      yield chunk;
      continue;
    }
    start = Buffer.concat([start, chunk]);
    if (start.length < tarStart) continue;
    demandTar(start);
    yield start;
    start = undefined;
  }
  if (start === undefined) return;
  demandTar(start);
  yield start;
}

async function* unpacked(kind: 'gzip' | 'xz', bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (kind === 'xz') {
    yield* unxz(pieces(bytes));
    return;
  }
  const unzip = Readable.from(pieces(bytes)).pipe(zlib.createGunzip());
  try {
    yield* unzip as AsyncIterable<Uint8Array>;
  } finally {
    unzip.destroy();
  }
}

/** Small enough that what follows a hostile piece is never unpacked. */
async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1 << 16) yield bytes.subarray(at, at + (1 << 16));
}

async function* counted(chunks: AsyncIterable<Uint8Array>, budget: Budget): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    budget.unpacked(chunk.length);
    yield chunk;
  }
}

async function* explained(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    throw damaged(error);
  }
}

/** What the libraries say of bytes they cannot read. What this computer lacks is none of it, and passes through. */
function damaged(error: unknown): Refusal | LabError {
  // An error of the source reaches us through the library that read it.
  const causes = [error, error instanceof Error ? error.cause : undefined];
  const known = causes.find((one) => one instanceof Refusal || one instanceof LabError);
  if (known !== undefined) return known;
  if (causes.some(isOutOfMemory)) {
    const problem = 'an archive could not be unpacked';
    return labError('OutOfMemory', { problem }, { cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  const why = /unexpected end|end of central directory/i.test(message) ? 'it is cut short' : shown(message);
  return new Refusal(`it is damaged: ${why}`);
}

/** In the words of zlib and of the engine, which has no code for it. */
function isOutOfMemory(error: unknown): boolean {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  if (code === 'Z_MEM_ERROR' || code === 'ERR_MEMORY_ALLOCATION_FAILED') return true;
  return error instanceof RangeError && /allocat/i.test(error.message);
}
