/** Text as the compiler wants it, whatever editor it came from. */

/** UTF-16 becomes UTF-8, a byte order mark goes, CRLF becomes LF. Other bytes (old 8-bit comments) stay. */
export function plainText(content: Uint8Array): Uint8Array {
  let bytes = Buffer.from(content);
  const encoding = utf16(bytes);
  if (encoding !== undefined) bytes = Buffer.from(new TextDecoder(encoding).decode(bytes));
  else if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) bytes = bytes.subarray(3);
  if (!bytes.includes('\r\n')) return bytes;
  return Buffer.from(bytes.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
}

/** Which UTF-16 it is: by the byte order mark, or without one by the zero bytes that ASCII has in it. */
export function utf16(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  const sample = bytes.subarray(0, 1024);
  if (bytes.length % 2 === 1 || sample.length < 4) return undefined;
  const zeros = [0, 0];
  for (const [at, byte] of sample.entries()) if (byte === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  const most = sample.length * 0.3;
  if (odd > most && even === 0) return 'utf-16le';
  return even > most && odd === 0 ? 'utf-16be' : undefined;
}
