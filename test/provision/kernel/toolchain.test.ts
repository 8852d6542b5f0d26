import { describe, expect, test } from 'vitest';
import { crossToolchainPackages, toolchainPackages } from '../../../provision/kernel/toolchain.ts';

describe('the toolchain', () => {
  test('has the compiler that built the suite’s kernel and the headers of the release', () => {
    const bookworm = toolchainPackages({ release: '6.1.0-56-cloud-arm64', suite: 'bookworm', arch: 'arm64' });
    expect(bookworm.names).toContain('gcc-12');
    expect(bookworm.names).toContain('linux-headers-6.1.0-56-cloud-arm64');
    expect(bookworm.exclude).toContain('linux-image-6.1.0-56-cloud-arm64');
  });

  test.each([
    ['trixie', 'arm64', 'gcc-14-aarch64-linux-gnu'],
    ['bookworm', 'arm64', 'gcc-12-aarch64-linux-gnu'],
    ['trixie', 'amd64', 'gcc-14-x86-64-linux-gnu'],
  ] as const)(
    'from %s for %s on the other architecture has the cross compiler and kbuild',
    (suite, arch, gcc) => {
      const kbuild = { name: 'linux-kbuild-6.12.118', version: '6.12.118-1', sha256: '1' };
      const headers = { name: 'linux-headers-6.12.118', version: '6.12.118-1', sha256: '2' };
      const crossed = crossToolchainPackages({ suite, arch, packages: [headers, kbuild] });
      expect(crossed.names).toEqual(expect.arrayContaining([gcc, 'make', kbuild.name]));
      expect(crossed.names).not.toContain('binutils');
      expect(crossed.kbuild).toEqual(kbuild);
    },
  );

  test('cannot be crossed for a kernel that names no kbuild', () => {
    expect(() => crossToolchainPackages({ suite: 'trixie', arch: 'arm64', packages: [] })).toThrow(
      'linux-kbuild',
    );
  });
});
