import { describe, expect, test } from 'vitest';
import { toolchainPackages } from '../../../provision/kernel/toolchain.ts';

describe('the toolchain', () => {
  test('has the compiler that built the suite’s kernel and the headers of the release', () => {
    const bookworm = toolchainPackages({ release: '6.1.0-56-cloud-arm64', suite: 'bookworm', arch: 'arm64' });
    expect(bookworm.names).toContain('gcc-12');
    expect(bookworm.names).toContain('linux-headers-6.1.0-56-cloud-arm64');
    expect(bookworm.exclude).toContain('linux-image-6.1.0-56-cloud-arm64');
  });
});
