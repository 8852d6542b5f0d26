import { describe, expect, test } from 'vitest';
import { Archive, type Candidate } from '../../../provision/packages/archive.ts';
import { parseRelations } from '../../../provision/packages/control.ts';
import { resolve } from '../../../provision/packages/resolve.ts';

/** `name version: depends; provides` */
function archiveOf(...lines: string[]): Archive {
  const packages = lines.map((line): Candidate => {
    const [, name = '', version = '', depends = '', provides = ''] =
      /^(\S+) (\S+?)(?:: ?([^;]*))?(?:; (.*))?$/.exec(line) ?? [];
    return {
      name,
      version,
      arch: 'amd64',
      filename: `${name}.deb`,
      size: 1,
      sha256: '0'.repeat(64),
      depends: parseRelations(depends),
      provides: parseRelations(provides).flat(),
      url: '',
    };
  });
  return new Archive('trixie', 'amd64', []).and(packages);
}

const taken = (
  archive: Archive,
  ...request: [names: string[], exclude?: string[], pin?: Record<string, string>]
) => {
  const [names, exclude = [], pin = {}] = request;
  return resolve(archive, { names, exclude, pin })
    .map(({ name, version }) => `${name} ${version}`)
    .join(', ');
};

describe('the closure of names', () => {
  test('follows dependencies and takes the newest versions', () => {
    const archive = archiveOf('a 1: b, c', 'b 1', 'b 2: d', 'c 1', 'd 1', 'e 1');
    expect(taken(archive, ['a'])).toBe('a 1, b 2, c 1, d 1');
  });

  test('takes the first alternative there is, or one that is taken already', () => {
    const archive = archiveOf('a 1: x | b | c', 'b 1', 'c 1', 'd 1: b | c');
    expect(taken(archive, ['a'])).toBe('a 1, b 1');
    expect(taken(archive, ['c', 'd'])).toBe('c 1, d 1');
  });

  test('takes providers, by version only where they provide one', () => {
    const archive = archiveOf('a 1: virtual (>= 2)', 'p 9; virtual', 'q 1; virtual (= 2)', 'b 1: virtual');
    expect(taken(archive, ['a'])).toBe('a 1, q 1');
    expect(taken(archive, ['b'])).toBe('b 1, p 9');
  });

  test('does not follow excluded names', () => {
    const archive = archiveOf('a 1: b, perl', 'b 1: gone | perl');
    expect(taken(archive, ['a'], ['perl'])).toBe('a 1, b 1');
  });

  test('ends on circles', () => {
    expect(taken(archiveOf('a 1: b', 'b 1: a'), ['a'])).toBe('a 1, b 1');
  });

  test('goes back to an older version when a dependant found later wants it', () => {
    const archive = archiveOf('a 1: lib, z', 'lib 1', 'lib 2', 'z 1: lib (= 1)');
    expect(taken(archive, ['a'])).toBe('a 1, lib 1, z 1');
  });

  test('takes pinned versions', () => {
    const archive = archiveOf('a 1: lib (= 1)', 'a 2: lib (= 2)', 'lib 1', 'lib 2');
    expect(taken(archive, ['a'], [], { a: '1' })).toBe('a 1, lib 1');
  });
});

describe('what cannot be met', () => {
  const failure = (work: () => unknown) => {
    try {
      work();
    } catch (error) {
      return error as Error;
    }
    throw new Error('it did not fail');
  };

  test('an unknown name', () => {
    const error = failure(() => taken(archiveOf('a 1'), ['nothing']));
    expect(error.name).toBe('PackageNotFound');
    expect(error.message).toContain('nothing');
  });

  test('a dependency: it is named, with who needs it', () => {
    const error = failure(() => taken(archiveOf('a 1: lib (>= 3) | other', 'lib 2'), ['a']));
    expect(error.name).toBe('DependencyNotFound');
    expect(error.message).toContain('a 1 needs lib (>= 3) | other');
  });

  test('two dependants that want different versions', () => {
    const archive = archiveOf('a 1: lib (= 1), b', 'b 1: lib (= 2)', 'lib 1', 'lib 2');
    expect(failure(() => taken(archive, ['a'])).name).toBe('DependencyNotFound');
  });

  test('a pin whose version is gone: what there is is named', () => {
    const error = failure(() => taken(archiveOf('a 2', 'a 3'), ['a'], [], { a: '1' }));
    expect(error.name).toBe('VersionGone');
    expect(error.message).toContain('3, 2');
  });
});
