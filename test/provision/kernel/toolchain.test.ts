import { describe, expect, test } from 'vitest';
import { keepInToolchain, toolchainLinks, toolchainPackages } from '../../../provision/kernel/toolchain.ts';

describe('the toolchain', () => {
  test('has the compiler that built the suite’s kernel and the headers of the release', () => {
    const bookworm = toolchainPackages({ release: '6.1.0-56-cloud-arm64', suite: 'bookworm', arch: 'arm64' });
    expect(bookworm.names).toContain('gcc-12');
    expect(bookworm.names).toContain('linux-headers-6.1.0-56-cloud-arm64');
    expect(bookworm.exclude).toContain('linux-image-6.1.0-56-cloud-arm64');
    expect(toolchainLinks({ suite: 'trixie' })['usr/bin/cc']).toBe('gcc-14');
  });

  const headers = 'usr/src/linux-headers-6.12.117+deb13-common';
  test.each([
    'usr/bin/x86_64-linux-gnu-gcc-14',
    'usr/libexec/gcc/x86_64-linux-gnu/14/cc1',
    'usr/lib/x86_64-linux-gnu/libc.so.6',
    `${headers}/include/linux/kthread.h`,
    `${headers}/arch/x86/include/asm/atomic.h`,
    'usr/src/linux-headers-6.12.117+deb13-cloud-amd64/include/config/auto.conf',
    'usr/src/linux-headers-6.12.117+deb13-cloud-amd64/Module.symvers',
  ])('keeps %s', (path) => {
    expect(keepInToolchain(path, 'amd64')).toBe(true);
  });

  test.each([
    'usr/share/doc/gcc-14/copyright',
    'usr/libexec/gcc/x86_64-linux-gnu/14/lto1',
    'usr/bin/x86_64-linux-gnu-lto-dump-14',
    'usr/lib/x86_64-linux-gnu/gconv/UTF-16.so',
    `${headers}/arch/mips/include/asm/atomic.h`,
    'usr/src/linux-headers-6.12.117+deb13-cloud-amd64/include/config/SMP',
  ])('leaves out %s', (path) => {
    expect(keepInToolchain(path, 'amd64')).toBe(false);
  });
});
