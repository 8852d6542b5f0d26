import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isToolchainFile, toolchainLinks } from '../../../provision/builder/toolchain.ts';
import { toolchainPackages } from '../../../provision/kernel/toolchain.ts';

const dockerfile = readFileSync(new URL('../../../Dockerfile.builder', import.meta.url), 'utf8');

describe('Dockerfile.builder', () => {
  test('built by hand, it installs the packages of the one list', () => {
    const release = '6.12.1-cloud-amd64';
    const { names } = toolchainPackages({ release, suite: 'trixie', arch: 'amd64' });
    const [, words = ''] = /^ARG PACKAGES="(.*)"$/m.exec(dockerfile) ?? [];
    // The headers bring the compiler that they ask for.
    const common = names.filter((name) => !name.includes(release) && !name.startsWith('gcc-'));
    expect(new Set(words.split(' '))).toEqual(new Set(common));
  });

  test('makes the links that the other builders have', () => {
    for (const [link, target] of Object.entries(toolchainLinks)) {
      expect(dockerfile).toContain(`ln -sf ${target} /toolchain/${link}`);
    }
  });
});

test.each([
  ['usr/libexec/gcc/x86_64-linux-gnu/14/cc1', true],
  ['usr/bin/x86_64-linux-gnu-gcc-14', true],
  ['usr/bin/make', true],
  ['usr/src/linux-headers-6.12.1-common/include/linux/module.h', true],
  ['usr/src/linux-headers-6.12.1-cloud-amd64/Module.symvers', true],
  ['usr/lib/linux-kbuild-6.12.1/scripts/mod/modpost', true],
  ['usr/lib/gcc/x86_64-linux-gnu/14/include/stdarg.h', true],
  ['usr/lib/gcc/x86_64-linux-gnu/14/plugin/include/tree.h', true],
  ['usr/libexec/gcc/x86_64-linux-gnu/14/lto1', false],
  ['usr/bin/x86_64-linux-gnu-lto-dump-14', false],
  ['usr/bin/aarch64-linux-gnu-gcc-14', true],
  ['usr/libexec/gcc-cross/aarch64-linux-gnu/14/cc1', true],
  ['usr/libexec/gcc-cross/aarch64-linux-gnu/14/lto1', false],
  ['usr/share/doc/gcc-14/copyright', false],
])('of the packages, %s: %s', (path, kept) => {
  expect(isToolchainFile(path)).toBe(kept);
});
