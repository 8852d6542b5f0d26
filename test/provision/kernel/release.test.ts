import { describe, expect, test } from 'vitest';
import { flavourOf, newest, pinned } from '../../../provision/kernel/release.ts';
import { Archive, type Candidate } from '../../../provision/packages/archive.ts';
import { parseRelations } from '../../../provision/packages/control.ts';

const offer = (name: string, version: string, depends = ''): Candidate => ({
  name,
  version,
  arch: 'amd64',
  filename: `${name}.deb`,
  size: 1,
  sha256: '0'.repeat(64),
  depends: parseRelations(depends),
  provides: [],
  url: '',
});

/** What Debian's linux source builds for one release. */
function kernelPackages(abi: string, version: string): Candidate[] {
  const release = `${abi}-cloud-amd64`;
  return [
    offer(`linux-image-${release}`, version, 'linux-base, kmod, initramfs-tools | linux-initramfs-tool'),
    offer(`linux-image-${release}-dbg`, version),
    offer(`linux-image-${release}-unsigned`, version),
    offer(
      `linux-headers-${release}`,
      version,
      `linux-headers-${abi}-common (= ${version}), linux-image-${release} (= ${version}), linux-kbuild-${abi}, gcc-14`,
    ),
    offer(`linux-headers-${abi}-common`, version),
    offer(`linux-kbuild-${abi}`, version, 'libc6'),
  ];
}

const archive = new Archive('trixie', 'amd64', []).and([
  ...kernelPackages('6.12.107+deb13', '6.12.107-1'),
  ...kernelPackages('6.12.117+deb13', '6.12.117-1'),
  offer('linux-image-cloud-amd64', '6.12.107-1', 'linux-image-6.12.107+deb13-cloud-amd64 (= 6.12.107-1)'),
  offer('linux-image-cloud-amd64', '6.12.117-1', 'linux-image-6.12.117+deb13-cloud-amd64 (= 6.12.117-1)'),
]);

describe('the kernel of another flavour', () => {
  const generic = archive.and([
    offer('linux-image-6.1.0-56-amd64', '6.1.192-2'),
    offer('linux-headers-6.1.0-56-amd64', '6.1.192-2', 'linux-headers-6.1.0-56-common, linux-kbuild-6.1'),
    offer('linux-image-6.1.0-56-amd64-dbg', '6.1.192-2'),
    offer('linux-image-6.1.0-56-cloud-amd64', '6.1.192-2'),
    offer('linux-image-6.12-amd64', '6.12.117-1', 'linux-image-6.1.0-56-amd64'),
    offer('linux-headers-6.12-amd64', '6.12.117-1'),
    offer('linux-image-amd64', '6.1.192-2', 'linux-image-6.1.0-56-amd64 (= 6.1.192-2)'),
  ]);

  test('is told by the end of its release', () => {
    expect(flavourOf('6.12.117+deb13-cloud-amd64', 'amd64')).toBe('cloud-amd64');
    expect(flavourOf('6.1.0-56-amd64', 'amd64')).toBe('amd64');
    expect(flavourOf('6.1.0-56-arm64', 'amd64')).toBeUndefined();
    expect(flavourOf('', 'amd64')).toBeUndefined();
  });

  test('is the newest of that flavour, or the one that is named', () => {
    expect(newest(generic, 'amd64')).toMatchObject({ release: '6.1.0-56-amd64', version: '6.1.192-2' });
    expect(pinned(generic, '6.1.0-56-amd64', 'amd64').release).toBe('6.1.0-56-amd64');
    expect(newest(generic).release).toBe('6.12.117+deb13-cloud-amd64');
    expect(() => pinned(generic, '6.1.0-18-amd64', 'amd64')).toThrow(/6\.1\.192-2 \(6\.1\.0-56-amd64\)\.?$/);
  });
});

describe('the kernel', () => {
  test('is the newest that the metapackage names, image and headers of one version', () => {
    expect(newest(archive)).toEqual({
      release: '6.12.117+deb13-cloud-amd64',
      version: '6.12.117-1',
      names: [
        'linux-headers-6.12.117+deb13-cloud-amd64',
        'linux-headers-6.12.117+deb13-common',
        'linux-image-6.12.117+deb13-cloud-amd64',
        'linux-kbuild-6.12.117+deb13',
      ],
      exclude: ['gcc-14', 'initramfs-tools', 'kmod', 'libc6', 'linux-base', 'linux-initramfs-tool'],
    });
  });

  test('is an older one while the newest has no headers yet', () => {
    const without = new Archive('trixie', 'amd64', []).and(
      [
        ...kernelPackages('6.12.107+deb13', '6.12.107-1'),
        ...kernelPackages('6.12.117+deb13', '6.12.117-1'),
      ].filter(({ name }) => name !== 'linux-headers-6.12.117+deb13-cloud-amd64'),
    );
    expect(newest(without).release).toBe('6.12.107+deb13-cloud-amd64');
  });

  test.each(['6.12.107-1', '6.12.107+deb13-cloud-amd64', '6.12.107+deb13'])(
    'can be pinned as %s',
    (wanted) => {
      expect(pinned(archive, wanted)).toMatchObject({
        release: '6.12.107+deb13-cloud-amd64',
        version: '6.12.107-1',
      });
    },
  );

  test('that is gone is an error that names those there are', () => {
    expect(() => pinned(archive, '6.12.99-1')).toThrow(
      'Linux 6.12.99-1 is not on the mirror. It has 6.12.117-1 (6.12.117+deb13-cloud-amd64), 6.12.107-1 (6.12.107+deb13-cloud-amd64).',
    );
    expect(() => newest(new Archive('trixie', 'amd64', []))).toThrow(
      'linux-image-cloud-amd64 is not in Debian',
    );
  });
});
