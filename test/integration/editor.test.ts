/** What an editor is given: held against what kbuild says to gcc, and read by clangd itself. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clangFormat } from '../../cli/editor/kernel-style.ts';
import { architectures, suites } from '../../lab/names.ts';
import { sandboxBuilder } from '../../provision/builder/sandbox/sandbox.ts';
import { sandboxWorkshop } from '../../provision/builder/sandbox/workshop.ts';
import { readModuleSource } from '../../provision/builder/source.ts';
import { provideToolchain } from '../../provision/builder/toolchain.ts';
import { compileCommands, writeCompileCommands } from '../../provision/editor/compile-commands.ts';
import { kernelFlags, moduleFlags } from '../../provision/editor/flags.ts';
import { provideHeaders } from '../../provision/editor/headers.ts';
import type { Kernel } from '../../provision/kernel/kernel.ts';
import { provideKernel } from '../../provision/kernel/provide.ts';
import { requirePart } from '../require.ts';
import { realContext, trixieKernel } from './real-context.ts';

const context = realContext();
const top = fileURLToPath(new URL('../..', import.meta.url));
const clangd = await execa('clangd', ['--version'], { reject: false });
const hasClangd = requirePart('clangd', !clangd.failed, 'it comes with the package clangd');
const sandbox = await sandboxBuilder(context).available();

let folder: string;
beforeAll(async () => {
  // With a blank, as folders of people have.
  folder = await mkdtemp(join(tmpdir(), 'lab3 editor '));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function headersOf(kernel: Kernel): Promise<string> {
  const headers = await provideHeaders(context, kernel);
  if (headers === undefined) throw new Error('no headers');
  return headers;
}

/** What clangd finds in a source, as `[code] line: words`. */
async function check(file: string): Promise<string[]> {
  const { all = '' } = await execa('clangd', [`--check=${file}`, '--log=error'], {
    cwd: folder,
    all: true,
    reject: false,
    timeout: 200_000,
  });
  return all.split('\n').flatMap((line) => /\[[\w-]+\] Line \d+: .*/.exec(line)?.[0] ?? []);
}

const cases = suites.flatMap((suite) => architectures.map((arch) => ({ suite, arch })));

describe.skipIf(!hasClangd)('clangd', () => {
  it.each(cases.filter(({ suite, arch }) => suite === 'trixie' || arch === context.hostArch))(
    'reads the module and the skeleton without a complaint: $suite, $arch',
    async ({ suite, arch }) => {
      const kernel = await provideKernel(context, { suite, arch });
      const headers = await headersOf(kernel);
      for (const name of ['module', 'module/skeleton']) {
        const own = join(folder, `${suite} ${arch} ${name}`);
        for (const file of ['Kbuild', 'lab3.c']) await cp(join(top, name, file), join(own, file));
        const commands = compileCommands(await readModuleSource(own), kernel, headers);
        expect(await writeCompileCommands(own, commands)).toBe(true);
        expect(await check(join(own, 'lab3.c'))).toEqual([]);
      }
    },
  );

  it('finds a mistake at its line', async () => {
    const kernel = await trixieKernel(context);
    const own = join(folder, 'wrong');
    await cp(join(top, 'module/skeleton'), own, { recursive: true });
    const file = join(own, 'lab3.c');
    await writeFile(file, (await readFile(file, 'utf8')).replace('kfree(total);', 'kfree(totl);'));
    const commands = compileCommands(await readModuleSource(own), kernel, await headersOf(kernel));
    await writeCompileCommands(own, commands);
    const found = await check(file);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain("use of undeclared identifier 'totl'");
  });
});

const formatter = await execa('clang-format', ['--version'], { reject: false });
const hasFormatter = requirePart('clang-format', !formatter.failed, 'it comes with the package clang-format');

describe.skipIf(!hasFormatter)('clang-format', () => {
  it('with the style that init leaves has nothing to change in the skeleton', async () => {
    const own = join(folder, 'style');
    const file = join(own, 'lab3.c');
    await cp(join(top, 'module/skeleton/lab3.c'), file);
    await writeFile(join(own, '.clang-format'), clangFormat);
    const { stdout } = await execa('clang-format', [file], { stripFinalNewline: false });
    expect(stdout).toBe(await readFile(file, 'utf8'));
  });
});

const hasSandbox = requirePart('The sandbox', sandbox.ok, sandbox.reason);

describe.skipIf(!hasSandbox).each(suites)('kbuild of %s', (suite) => {
  it('says the same of folders, forced headers, names and the language', async () => {
    const kernel = await provideKernel(context, { suite, arch: context.hostArch });
    const out = await mkdtemp(join(folder, 'cmd-'));
    const { status } = await sandboxWorkshop(context).run(
      {
        debs: await provideToolchain(context, kernel, context.hostArch),
        label: 'flags of kbuild',
        script: [
          'set -e',
          'mkdir -p /build/work/output /build/work/m',
          'cd /build/work/m',
          "echo 'obj-m := a-b.o' >Kbuild",
          'cp ../input/lab3.c a-b.c',
          `make -C /usr/src/linux-headers-${kernel.release} M=/build/work/m a-b.o`,
          'cp .a-b.o.cmd ../output/cmd',
        ].join('\n'),
        env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', HOME: '/tmp', TMPDIR: '/tmp' },
        inputs: { 'lab3.c': await readFile(join(top, 'module/lab3.c')) },
        outputs: { cmd: 1 << 20 },
        limits: { milliseconds: 120_000, memoryBytes: 2 ** 30, processes: 256, fileBytes: 2 ** 27 },
        onLine: () => undefined,
      },
      out,
    );
    expect(status).toBe(0);
    const [line = ''] = (await readFile(join(out, 'cmd'), 'utf8')).split('\n');
    const theirs = line
      .replace(/ ; .*/, '')
      .split(/ +/)
      .map((word) => word.replaceAll("'", ''));
    const ours = [
      ...kernelFlags(kernel, '', (_, ...parts) => parts.join('/')),
      ...moduleFlags('a-b', 'a-b.c'),
    ];
    const plain = (word: string) => word.replace(/\/usr\/src\/linux-headers-[^/]+\/|\.\//, '');
    // Two packages have an `include`, which are one folder here.
    const folders = (words: readonly string[]) => [
      ...new Set(words.filter((word) => word.startsWith('-I')).map(plain)),
    ];
    const forced = (words: readonly string[]) =>
      words.flatMap((word, at) => (words[at - 1] === '-include' ? [plain(word)] : []));
    const names = (words: readonly string[]) => words.filter((word) => word.startsWith('-D')).sort();
    const language = (words: readonly string[]) =>
      words
        .filter((word) =>
          /^-(std=|nostdinc$|fshort-wchar$|f(un)?signed-char$|m64$|mno-(sse|mmx|80387))/.test(word),
        )
        .sort();
    for (const part of [folders, forced, names, language]) expect(part(ours)).toEqual(part(theirs));
    // Nothing of ours that kbuild does not say, but for what only clang has.
    const clangs = /^(--target=|-Wno-(gnu|unknown-warning-option)$)|^-I|^-D|^include\//;
    const known = new Set(theirs.map((word) => word.replace(/^(-Wimplicit-fallthrough)=5$/, '$1')));
    expect(ours.filter((word) => !known.has(word) && !clangs.test(word))).toEqual([]);
  });
});
