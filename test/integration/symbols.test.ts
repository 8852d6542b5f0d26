/** Lines read from real modules, instruction by instruction, against those that binutils' addr2line reads. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { suites } from '../../lab/names.ts';
import { buildModule } from '../../provision/builder/build.ts';
import { readModuleSource } from '../../provision/builder/source.ts';
import { readElf } from '../../provision/elf.ts';
import { provideKernel } from '../../provision/kernel/provide.ts';
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

/** `function file:line` of each address, innermost first, as addr2line has them. */
async function theirs(file: string, section: string, addresses: readonly number[]): Promise<string[][]> {
  const options = ['-a', '-i', '-f', '-e', file, '-j', section];
  const input = addresses.map((address) => `0x${address.toString(16)}\n`).join('');
  const { stdout } = await execa('addr2line', options, { input });
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

describe.skipIf(!present).each(suites)('the module on the kernel of %s', (suite) => {
  test('every instruction has the line that addr2line gives it, and the callers', async () => {
    const kernel = await provideKernel(context, { suite, arch: context.hostArch });
    const { ko } = await buildModule(context, 'auto', await readModuleSource(moduleFolder), kernel);
    const file = join(folder, `${suite}.ko`);
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
