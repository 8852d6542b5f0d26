import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  aptIgnoresValidUntil,
  parseDeb822Sources,
  parseListSources,
  readAptSources,
} from '../../../provision/packages/apt-sources.ts';
import { chooseSources, hostBases, securityOf } from '../../../provision/packages/mirror.ts';
import { temporaryFolder } from '../context.ts';

const deb822 = `Types: deb deb-src
# the main archive
URIs: http://mirror.example/debian/
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://security.example/debian-security
Suites: bookworm-security
Components: main

Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
Enabled: no
`;

const list = `# deb http://comment.example/debian bookworm main
deb [arch=amd64 signed-by=/k.gpg] https://tool.example/apt tool-bookworm main
deb-src http://mirror.example/debian bookworm main
deb http://mirror.example/debian bookworm main contrib # the archive
deb http://security.example/debian-security bookworm-security main
`;

async function hostWith(files: Record<string, string>): Promise<string> {
  const root = await temporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(root, 'etc/apt', path, '..'), { recursive: true });
    await writeFile(join(root, 'etc/apt', path), text);
  }
  return root;
}

describe('the sources of apt', () => {
  test('are read from both formats', () => {
    expect(parseDeb822Sources(deb822).map(({ uri }) => uri)).toEqual([
      'http://mirror.example/debian',
      'http://security.example/debian-security',
    ]);
    expect(parseListSources(list)).toEqual([
      { uri: 'https://tool.example/apt', suites: ['tool-bookworm'], components: ['main'] },
      { uri: 'http://mirror.example/debian', suites: ['bookworm'], components: ['main', 'contrib'] },
      { uri: 'http://security.example/debian-security', suites: ['bookworm-security'], components: ['main'] },
    ]);
  });

  test('yield the archives of Debian proper', async () => {
    const root = await hostWith({
      'sources.list.d/debian.sources': deb822,
      'sources.list.d/tool.list': list,
    });
    expect(hostBases(await readAptSources(root))).toEqual({
      main: 'http://mirror.example/debian',
      security: 'http://security.example/debian-security',
    });
    expect(hostBases(parseListSources('deb http://other.example/ubuntu noble main'))).toBeUndefined();
    expect(hostBases(parseListSources('deb file:/srv/debian trixie main'))).toBeUndefined();
    expect(hostBases(parseListSources('deb http://m.example/debian stable main'))).toEqual({
      main: 'http://m.example/debian',
      security: undefined,
    });
    expect(await readAptSources(join(root, 'nowhere'))).toEqual([]);
  });

  test('tell whether expired indexes are taken', async () => {
    const off = await hostWith({ 'apt.conf.d/10no': '// x\nAcquire::Check-Valid-Until "false";\n' });
    const back = await hostWith({
      'apt.conf.d/10no': 'Acquire::Check-Valid-Until "false";',
      'apt.conf.d/20yes': 'Acquire::Check-Valid-Until "true";\n# Acquire::Check-Valid-Until "false";',
    });
    expect([await aptIgnoresValidUntil(off), await aptIgnoresValidUntil(back)]).toEqual([true, false]);
  });
});

describe('the archives that are asked', () => {
  const dists = async (...[context, mirror, root]: [Record<string, string>, string?, string?]) =>
    (await chooseSources({ env: context, platform: 'linux' }, 'trixie', mirror, root ?? '/nowhere')).map(
      ({ base, dist }) => `${base} ${dist}`,
    );
  const ofOne = (base: string) => [`${base} trixie`, `${base} trixie-updates`];

  test('are those of lab3.yaml, else LAB3_MIRROR, else the host’s, else snapshots', async () => {
    const root = await hostWith({ 'sources.list.d/debian.sources': deb822 });
    const env = { LAB3_MIRROR: 'http://env.example/debian' };
    expect(await dists(env, 'http://yaml.example/debian/', root)).toEqual([
      ...ofOne('http://yaml.example/debian'),
      'http://yaml.example/debian-security trixie-security',
    ]);
    expect(await dists(env, undefined, root)).toContain('http://env.example/debian trixie');
    expect(await dists({}, undefined, root)).toEqual([
      ...ofOne('http://mirror.example/debian'),
      'http://security.example/debian-security trixie-security',
    ]);
    const snapshot = await chooseSources({ env: {}, platform: 'darwin' }, 'trixie', undefined, root);
    expect(snapshot.map(({ base }) => base.replace(/\d{8}T/, 'DATE'))).toEqual([
      'https://snapshot.debian.org/archive/debian/DATE000000Z',
      'https://snapshot.debian.org/archive/debian/DATE000000Z',
      'https://snapshot.debian.org/archive/debian-security/DATE000000Z',
    ]);
    expect(snapshot.every(({ checkValidUntil }) => !checkValidUntil)).toBe(true);
  });

  test('may be two addresses; a mirror of another shape has no security archive of its own', async () => {
    expect(await dists({ LAB3_MIRROR: 'https://a.example/x https://b.example/y' })).toEqual([
      ...ofOne('https://a.example/x'),
      'https://b.example/y trixie-security',
    ]);
    expect(await dists({ LAB3_MIRROR: 'https://a.example/x' })).toEqual(ofOne('https://a.example/x'));
    expect(securityOf('https://a.example/archive/debian/20250101T000000Z')).toBe(
      'https://a.example/archive/debian-security/20250101T000000Z',
    );
  });

  test.each(['ftp://a.example/debian', 'debian', '/srv/debian'])('cannot be %s', async (mirror) => {
    await expect(dists({ LAB3_MIRROR: mirror })).rejects.toMatchObject({
      name: 'MirrorInvalid',
      exitCode: 2,
    });
  });
});
