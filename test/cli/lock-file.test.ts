import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const text = await readFile(new URL('../../package-lock.json', import.meta.url), 'utf8');
const packages = JSON.parse(text).packages as Readonly<Record<string, Locked>>;

// npm leaves out what the registry did not have that day: then nothing installs on the platforms that were left out.
test('the lock file knows the packages of every platform', () => {
  const missing = Object.entries(packages).flatMap(([folder, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) =>
        packages[`${folder}/node_modules/${name}`] === undefined &&
        packages[`node_modules/${name}`] === undefined,
    ),
  );
  expect(missing).toEqual([]);
});

test('the lock file names no registry', () => {
  expect(
    Object.entries(packages).filter(([, { resolved, link }]) => resolved !== undefined && !link),
  ).toEqual([]);
});

// What esbuild's and protobufjs's scripts do can be left out, and allowScripts of package.json leaves it out.
test('nothing that is installed wants a compiler', () => {
  const scripts = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript);
  const names = scripts.map(([folder]) => folder.replace(/^.*node_modules\//, ''));
  expect(names.sort()).toEqual(['esbuild', 'protobufjs']);
});
