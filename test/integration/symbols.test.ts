/** Lines read from real modules, instruction by instruction, against those that binutils' addr2line reads. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Architecture, type Suite, suites } from '../../lab/names.ts';
import { buildModule } from '../../provision/builder/build.ts';
import { loaders } from '../../provision/builder/sandbox/bubblewrap.ts';
import { readModuleSource } from '../../provision/builder/source.ts';
import {
  isToolchainFile,
  provideToolchain,
  toolchainLinks,
  toolchainRevision,
} from '../../provision/builder/toolchain.ts';
import { readElf } from '../../provision/elf.ts';
import type { Kernel } from '../../provision/kernel/kernel.ts';
import { provideKernel } from '../../provision/kernel/provide.ts';
import { compilerOf } from '../../provision/kernel/toolchain.ts';
import { unpackTree } from '../../provision/packages/tree.ts';
import { readSymbolTable } from '../../provision/symbols/relocate.ts';
import { readSymbols } from '../../provision/symbols/symbols.ts';
import { requirePart } from '../require.ts';
import { realContext } from './real-context.ts';

const context = realContext();
const moduleFolder = fileURLToPath(new URL('../../module', import.meta.url));
const found = await execa('addr2line', ['--version'], { reject: false });
const present = requirePart('addr2line', !found.failed, 'it comes with binutils');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab3-symbols-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** This computer's own reads no files of the other architecture; the one of the cross compiler does. */
async function addr2line(kernel: Kernel): Promise<string[]> {
  if (kernel.arch === context.hostArch) return ['addr2line'];
  const debs = await provideToolchain(context, kernel, context.hostArch);
  const tree = await unpackTree(context, debs, {
    label: 'compiler and kernel headers',
    keep: isToolchainFile,
    links: toolchainLinks,
    revision: toolchainRevision,
  });
  const { loader, libraries } = loaders[context.hostArch];
  const program = `usr/bin/${compilerOf(kernel.suite, kernel.arch).prefix}addr2line`;
  return [join(tree, loader), '--library-path', join(tree, libraries), join(tree, program)];
}

/** `function file:line` of each address, innermost first, as addr2line has them. */
async function theirs(
  [program = '', ...prefix]: readonly string[],
  file: string,
  section: string,
  addresses: readonly number[],
): Promise<string[][]> {
  const options = [...prefix, '-a', '-i', '-f', '-e', file, '-j', section];
  const input = addresses.map((address) => `0x${address.toString(16)}\n`).join('');
  const { stdout } = await execa(program, options, { input });
  return stdout
    .split(/^0x[0-9a-f]+\n/m)
    .slice(1)
    .map((answer) => {
      const lines = answer.trimEnd().split('\n');
      return lines.flatMap((name, index) => (index % 2 === 0 ? [`${name} ${plain(lines[index + 1])}`] : []));
    });
}

const plain = (place = '') =>
  place.replace(/ \(discriminator \d+\)$/, '').replace(/^\/(build|usr\/src)\/[^/]+\//, '');

const kernels: [Suite, Architecture][] = [
  ...suites.map((suite): [Suite, Architecture] => [suite, context.hostArch]),
  ['trixie', context.hostArch === 'amd64' ? 'arm64' : 'amd64'],
];

describe.skipIf(!present).each(kernels)('the module on the kernel of %s for %s', (suite, arch) => {
  test('every instruction has the line that addr2line gives it, and the callers', async () => {
    const kernel = await provideKernel(context, { suite, arch });
    const program = await addr2line(kernel);
    const { ko } = await buildModule(context, 'auto', await readModuleSource(moduleFolder), kernel);
    const file = join(folder, `${suite}-${arch}.ko`);
    await writeFile(file, ko);
    const symbols = readSymbols(ko);
    const elf = readElf(ko);
    const functions = readSymbolTable(elf).functions.filter(({ size }) => size > 0);
    let compared = 0;
    for (const { index, name: section } of elf.sections) {
      const asked = functions
        // Room in front of a function for the kernel's tracer, which has no lines.
        .filter((one) => one.section === index && !one.name.startsWith('__pfx_'))
        .flatMap(({ name, offset, size }) =>
          Array.from({ length: size }, (_, at) => ({ name, at, address: offset + at })),
        );
      if (asked.length === 0) continue;
      const expected = await theirs(
        program,
        file,
        section,
        asked.map(({ address }) => address),
      );
      const differences = asked.flatMap(({ name, at }, number) => {
        const location = symbols?.locate(name, at);
        const places = location === undefined ? [] : [location, ...location.callers];
        const ours = places.map((place) => `${place.function} ${place.file}:${place.line}`);
        // For an instruction of no line in particular addr2line has `??:?`.
        const wanted = expected[number]?.filter((place) => !place.endsWith(' ??:?')) ?? [];
        return ours.join() === wanted.join() ? [] : [{ at: `${name}+${at}`, ours, wanted }];
      });
      expect(differences).toEqual([]);
      compared += asked.length;
    }
    expect(compared).toBeGreaterThan(3_000);
  });
});
