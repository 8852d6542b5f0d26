import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { condense, PackageIndex } from '../../../provision/packages/package-index.ts';

const sum = 'a'.repeat(64);
const text = `Package: gcc-14
Version: 14.2.0-19
Architecture: amd64
Description: GNU C compiler ©
Depends: cpp-14 (= 14.2.0-19),
 binutils (>= 2.39)
Pre-Depends: libc6
Provides: c-compiler, gcc-14-x86-64 (= 14.2.0-19)
Tag: devel::compiler,
 role::program
Filename: pool/main/g/gcc-14/gcc-14_14.2.0-19_amd64.deb
Size: 527
SHA256: ${sum}

Package: tcc
Provides: c-compiler
Version: 1:0.9
Architecture: amd64
Filename: ./pool/main/t/tcc.deb
Size: 1
SHA256: ${sum}

Package: evil
Version: 1
Architecture: amd64
Filename: pool/../../../etc/passwd
Size: 1
SHA256: ${sum}
`;

async function* inChunks(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const size of sizes) {
    yield bytes.subarray(at, at + size);
    at += size;
  }
  yield bytes.subarray(at);
}

const indexOf = async (sizes: number[] = []) =>
  PackageIndex.read(await condense(inChunks(Buffer.from(text), sizes)));

describe('an index of packages', () => {
  test('finds packages by name and by what they provide', async () => {
    const index = await indexOf();
    expect(index?.named('gcc-14')).toEqual([
      {
        name: 'gcc-14',
        version: '14.2.0-19',
        arch: 'amd64',
        filename: 'pool/main/g/gcc-14/gcc-14_14.2.0-19_amd64.deb',
        size: 527,
        sha256: sum,
        depends: [
          [{ name: 'libc6' }],
          [{ name: 'cpp-14', operator: '=', version: '14.2.0-19' }],
          [{ name: 'binutils', operator: '>=', version: '2.39' }],
        ],
        provides: [{ name: 'c-compiler' }, { name: 'gcc-14-x86-64', operator: '=', version: '14.2.0-19' }],
      },
    ]);
    expect(index?.providing('c-compiler').map(({ name }) => name)).toEqual(['gcc-14', 'tcc']);
    expect(index?.named('nothing')).toEqual([]);
    expect([...(index?.names() ?? [])]).toEqual(['gcc-14', 'tcc', 'evil']);
  });

  test('offers no package whose file would lie outside the archive', async () => {
    expect((await indexOf())?.named('evil')).toEqual([]);
  });

  test('is the same however the bytes arrive', async () => {
    const whole = await condense(inChunks(Buffer.from(text), []));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 100 })), async (sizes) => {
        expect(await condense(inChunks(Buffer.from(text), sizes))).toBe(whole);
      }),
    );
  });

  test('that was cut short is none', async () => {
    const whole = await condense(inChunks(Buffer.from(text), []));
    expect(PackageIndex.read(whole.slice(0, -5))).toBeUndefined();
    expect(PackageIndex.read('')).toBeUndefined();
  });
});
