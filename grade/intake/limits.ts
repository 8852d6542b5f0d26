/** How much one submission may be, and where that is counted. */
import { Refusal } from './refusal.ts';

export interface IntakeLimits {
  /** An archive as it was handed in. */
  readonly archiveBytes: number;
  /** One source or text that is kept. */
  readonly fileBytes: number;
  /** All sources that are kept of one submission: twice what goes into one build. */
  readonly sourceBytes: number;
  /** One picture or document. */
  readonly documentBytes: number;
  /** All that was handed in, unpacked, kept or not. */
  readonly totalBytes: number;
  /** Unpacked bytes for each packed one, beyond the first `ratioFromBytes`. */
  readonly ratio: number;
  readonly ratioFromBytes: number;
  /** Files and folders. */
  readonly entries: number;
  /** Folders in one another. */
  readonly depth: number;
  /** Characters of a name, folders included. */
  readonly nameLength: number;
  /** Archives in one another. */
  readonly nesting: number;
  /** Sources of all submissions together: they are held in memory. */
  readonly classBytes: number;
  /** Files and folders of a whole class in one archive or folder. */
  readonly classEntries: number;
}

export const defaultLimits: IntakeLimits = {
  archiveBytes: 64 << 20,
  fileBytes: 8 << 20,
  sourceBytes: 16 << 20,
  documentBytes: 32 << 20,
  totalBytes: 128 << 20,
  ratio: 100,
  ratioFromBytes: 16 << 20,
  entries: 10_000,
  depth: 32,
  nameLength: 1000,
  nesting: 2,
  classBytes: 1 << 30,
  classEntries: 1_000_000,
};

/** Counts what one submission brings; the first thing over a limit ends it with a `Refusal` that names the limit. */
export interface Budget {
  readonly limits: IntakeLimits;
  /** A file or folder has been met. */
  entry(): void;
  /** Bytes as they were handed in have been read. */
  packed(bytes: number): void;
  /** Bytes have come out of an archive, or off the disk. */
  unpacked(bytes: number): void;
  /** A source is kept. */
  source(bytes: number): void;
}

export function makeBudget(limits: IntakeLimits): Budget {
  let entries = 0;
  let packed = 0;
  let unpacked = 0;
  let sources = 0;
  return {
    limits,
    entry: () => {
      entries += 1;
      if (entries > limits.entries) throw overLimit('it', `${limits.entries} files and folders`);
    },
    packed: (bytes) => {
      packed += bytes;
    },
    unpacked: (bytes) => {
      unpacked += bytes;
      if (unpacked > limits.totalBytes) throw overLimit('it', `${inBytes(limits.totalBytes)} unpacked`);
      if (unpacked > limits.ratioFromBytes && unpacked > limits.ratio * packed)
        throw overLimit('it', `${limits.ratio} unpacked bytes for each packed one`);
    },
    source: (bytes) => {
      sources += bytes;
      if (sources > limits.sourceBytes) throw overLimit('it', `${inBytes(limits.sourceBytes)} of sources`);
    },
  };
}

/** @param what the file, or `it` for all that was handed in */
export function overLimit(what: string, limit: string): Refusal {
  return new Refusal(`${what} is over the limit of ${limit}`);
}

export function inBytes(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB'];
  let [count, at] = [bytes, 0];
  for (; count >= 1024 && count % 1024 === 0 && at < units.length - 1; at += 1) count /= 1024;
  return `${count} ${units[at]}`;
}
