import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { parseRelease, verifyInRelease } from '../../../provision/packages/release.ts';

// Recorded from Debian's archives on 2026-11-23.
const recorded = (name: string) => readFile(new URL(`data/${name}.InRelease`, import.meta.url));
const url = 'http://mirror.example/debian/dists/trixie-updates/InRelease';

describe('a signed release file', () => {
  test.each([
    ['trixie-updates', 'trixie-updates', '2026-11-29T02:09:05.000Z'],
    ['bookworm-security', 'bookworm-security', '2026-11-28T00:53:02.000Z'],
  ])('of %s is Debian’s', async (name, codename, validUntil) => {
    const release = parseRelease(await verifyInRelease(await recorded(name), url));
    expect(release.codename).toBe(codename);
    expect(release.validUntil?.toISOString()).toBe(validUntil);
    const index = release.files.get('main/binary-amd64/Packages.xz');
    expect(index?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(index?.size).toBeGreaterThan(1000);
  });

  const refused = async (bytes: Uint8Array) =>
    verifyInRelease(bytes, url).then(
      () => undefined,
      (error) => error,
    );

  test('that was changed is refused', async () => {
    const text = (await recorded('trixie-updates')).toString();
    const error = await refused(
      Buffer.from(text.replace('Codename: trixie-updates', 'Codename: trixie-Updates')),
    );
    expect(error?.name).toBe('ReleaseNotSigned');
    expect(error?.exitCode).toBe(69);
  });

  test('says only what stands inside the signature', async () => {
    const text = (await recorded('trixie-updates')).toString();
    const more = `Codename: evil\n\n${text}\nCodename: evil\n`;
    const outcome = await verifyInRelease(Buffer.from(more), url).catch((error) => error.name);
    expect(outcome).not.toContain('evil');
  });

  test.each([
    ['nothing', ''],
    ['a portal’s page', '<html>Welcome to the network of the hotel</html>'],
    ['text without a signature', 'Codename: trixie\nSHA256:\n'],
  ])('that is %s is refused', async (_, text) => {
    expect((await refused(Buffer.from(text)))?.name).toBe('ReleaseNotSigned');
  });
});
