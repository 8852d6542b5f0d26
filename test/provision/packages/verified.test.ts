import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isVerified } from '../../../provision/packages/verified.ts';
import { temporaryFolder } from '../context.ts';

const content = 'a state';
const expected = { sha256: createHash('sha256').update(content).digest('hex'), size: content.length };

test('a file that was not read to its end is not taken for a wrong one', async () => {
  const path = join(await temporaryFolder(), 'state');
  await writeFile(path, content);
  const abort = new AbortController();
  abort.abort();
  await expect(isVerified(path, expected, abort.signal)).rejects.toMatchObject({ name: 'Interrupted' });
  expect(await isVerified(path, expected, new AbortController().signal)).toBe(true);
  await writeFile(path, 'b state');
  expect(await isVerified(path, expected, new AbortController().signal)).toBe(false);
});
