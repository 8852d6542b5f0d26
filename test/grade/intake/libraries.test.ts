/** An installation without the libraries that open archives: no student is blamed for it. */
import { Readable } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { unxz } from '../../../provision/packages/xz.ts';
import { everyKind } from './archives.ts';
import { testFolder } from './folder.ts';

// Mocks are made before anything else of this file.
const { missing } = vi.hoisted(() => ({
  missing: () => {
    throw Object.assign(new Error('Cannot find the package'), { code: 'ERR_MODULE_NOT_FOUND' });
  },
}));
vi.mock('yauzl', missing);
vi.mock('tar-stream', async (load) => ({
  ...(await load<typeof import('tar-stream')>()),
  get default(): never {
    throw new RangeError('Array buffer allocation failed');
  },
}));
vi.mock('xz-decompress', missing);

const { readOne } = testFolder();

test('a missing library, and memory that is not there, are this computer’s', async () => {
  const found = new Map<string, unknown>();
  for (const [kind, bytes] of await everyKind({ 'lab3.c': 'int x;\n' })) {
    const error = await readOne('lab.zip', bytes).catch((thrown: unknown) => thrown);
    found.set(kind, error);
  }
  const installation = { name: 'InstallationDamaged', exitCode: 69 };
  expect(Object.fromEntries(found)).toMatchObject({
    'lab.zip': { ...installation, message: expect.stringContaining('its library yauzl cannot be loaded') },
    'lab.tar': { name: 'OutOfMemory', exitCode: 69 },
    'lab.tgz': { name: 'OutOfMemory', exitCode: 69 },
  });
  await expect(unxz(Readable.from([])).next()).rejects.toMatchObject(installation);
});
