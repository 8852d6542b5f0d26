/** `InRelease`: the signed list of an archive's indexes with their checksums. */
import { labError } from '../../lab/errors.ts';
import { parseParagraphs } from './control.ts';
import { debianArchiveKeys } from './debian-keys.ts';

export interface Release {
  /** e.g. `trixie`, `trixie-updates`, `trixie-security`. */
  readonly codename: string;
  /** When it stops being true, where the archive says so. */
  readonly validUntil?: Date;
  /** Path below the folder of `InRelease` → what the file must be. */
  readonly files: ReadonlyMap<string, { sha256: string; size: number }>;
}

/**
 * The text of `InRelease` that a Debian archive key has signed; what stands outside the signature is dropped.
 * One good signature by a known key is enough: an archive is signed by the keys of two releases at a time.
 * The date is not judged here: `Valid-Until` says how long a file holds. Throws `ReleaseNotSigned`.
 */
export async function verifyInRelease(
  bytes: Uint8Array,
  url: string,
  armoredKeys: string = debianArchiveKeys,
): Promise<string> {
  const openpgp = await import('openpgp');
  const reasons: string[] = [];
  try {
    const message = await openpgp.readCleartextMessage({ cleartextMessage: new TextDecoder().decode(bytes) });
    const verificationKeys = await openpgp.readKeys({ armoredKeys });
    const { data, signatures } = await openpgp.verify({ message, verificationKeys, date: null });
    for (const signature of signatures) {
      try {
        await signature.verified;
        return data;
      } catch (error) {
        reasons.push(`${signature.keyID.toHex().toUpperCase()}: ${(error as Error).message}`);
      }
    }
  } catch (error) {
    reasons.push((error as Error).message.split('\n')[0] ?? '');
  }
  throw labError('ReleaseNotSigned', { url, reason: reasons.join('; ') || 'there is no signature in it' });
}

/** Reads the verified text. Only SHA256 is looked at. */
export function parseRelease(text: string): Release {
  const fields = parseParagraphs(text)[0];
  const files = new Map<string, { sha256: string; size: number }>();
  for (const line of (fields?.get('sha256') ?? '').split('\n')) {
    const [sha256 = '', size = '', path = ''] = line.trim().split(/\s+/);
    if (/^[0-9a-f]{64}$/.test(sha256) && /^\d+$/.test(size) && path !== '') {
      files.set(path, { sha256, size: Number(size) });
    }
  }
  const until = Date.parse(fields?.get('valid-until') ?? '');
  return {
    codename: fields?.get('codename') ?? '',
    files,
    ...(Number.isNaN(until) ? {} : { validUntil: new Date(until) }),
  };
}
