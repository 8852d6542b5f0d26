/** What every builder promises, asked of each with the same sources: same module, same messages, nothing left. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LabError } from '../../lab/errors.ts';
import { builderNames } from '../../lab/names.ts';
import type { Builder, BuiltModule } from '../../provision/builder/builder.ts';
import { dockerBuilder } from '../../provision/builder/docker/docker.ts';
import { readModuleInfo } from '../../provision/builder/modinfo.ts';
import { sandboxBuilder } from '../../provision/builder/sandbox/sandbox.ts';
import { readModuleSource } from '../../provision/builder/source.ts';
import { vmBuilder } from '../../provision/builder/vm/vm.ts';
import { readElf } from '../../provision/elf.ts';
import { startGuest } from '../../provision/guest/qemu/start.ts';
import type { Kernel } from '../../provision/kernel/kernel.ts';
import { requirePart } from '../require.ts';
import { checkedKernel, checkedKernelTimeout, realContext, trixieKernel } from './real-context.ts';

const context = realContext();
const makers = { docker: dockerBuilder, sandbox: sandboxBuilder, vm: vmBuilder };
const builders = await Promise.all(
  builderNames.map(async (name) => {
    const builder: Builder = makers[name](context);
    const { ok, reason } = await builder.available();
    return { name, builder, present: requirePart(`builder ${name}`, ok, reason) };
  }),
);

let kernel: Kernel;
let top: string;
beforeAll(async () => {
  kernel = await trixieKernel(context);
  await checkedKernel(context);
  top = await mkdtemp(path.join(tmpdir(), 'lab3 сборка '));
}, checkedKernelTimeout);
afterAll(() => rm(top, { recursive: true, force: true }));

/** Writes a source folder whose own name has spaces and Cyrillic letters, and reads it as lab3 does. */
async function source(name: string, files: Record<string, string>) {
  const folder = path.join(top, `лаба 3 ${name}`);
  for (const [file, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), content);
  }
  return readModuleSource(folder);
}

const head = '#include <linux/module.h>\n#include <linux/kthread.h>\n';
const license = 'MODULE_LICENSE("GPL");\n';
const init = (body: string) =>
  `static int __init lab3_init(void)\n{\n${body}\treturn 0;\n}\nmodule_init(lab3_init);\n`;

/** The error a build ends with, as a person would read it. */
async function failure(building: Promise<unknown>): Promise<LabError> {
  const outcome = await building.then(
    () => undefined,
    (error: LabError) => error,
  );
  if (outcome === undefined) throw new Error('the build was to fail');
  return outcome;
}

/** Programs this process started that are still there. */
async function children(): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await readdir('/proc').catch(() => [])) {
    const stat = /^\d+$/.test(pid) ? await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '') : '';
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(parent) === process.pid && state !== 'Z') found.push(stat);
  }
  return found;
}

const built = new Map<string, BuiltModule>();
const builtChecked = new Map<string, BuiltModule>();

describe.each(builders)('builder $name', ({ name, builder, present }) => {
  describe.skipIf(!present)('works here', () => {
    test('a module of two files, with CRLF, in a folder with spaces, beside a hostile Makefile', async () => {
      const trap = path.join(top, `trap-${name}`);
      const files = {
        'src/main.c': `${head}#include "count.h"\n\n${init('\tint unused;\n\n\tpr_info("%d\\n", lab3_count());\n')}`,
        'src/count.c': `${head}#include "count.h"\n\nint lab3_count(void)\n{\n\treturn 3;\n}\n\n${license}`,
        'src/count.h': 'int lab3_count(void);\n',
        Makefile:
          `X := $(shell touch ${trap})\nobj-m := lab3.o\nlab3-objs := src/main.o src/count.o\n` +
          `all:\n\ttouch ${trap}\n$(info $(shell touch ${trap}))\nY != touch ${trap}\n`,
      };
      const crlf = Object.entries(files).map(([file, text]) => [file, text.replaceAll('\n', '\r\n')]);
      const module = await builder.build(await source('good', Object.fromEntries(crlf)), kernel);

      expect(existsSync(trap)).toBe(false);
      expect(module.record).toMatchObject({
        builder: name,
        compiler: expect.stringMatching(/^gcc \(Debian [\d.-]+\) \d+\.\d+/),
        kernelRelease: kernel.release,
        vermagic: expect.stringContaining(`${kernel.release} SMP`),
        arch: kernel.arch,
        cached: false,
        warnings: [
          {
            file: 'src/main.c',
            line: 7,
            severity: 'warning',
            message: "unused variable 'unused'",
            flag: '-Wunused-variable',
          },
        ],
      });
      expect(readModuleInfo(module.ko, 'lab3.ko')).toMatchObject({
        name: 'lab3',
        license: 'GPL',
        arch: kernel.arch,
      });
      built.set(name, module);
    });

    test('a module for the checked kernel, of which every line is known', async () => {
      const checked = await checkedKernel(context);
      const files = { 'lab3.c': `${head}${init('\tpr_info("checked\\n");\n')}${license}` };
      const module = await builder.build(await source('checked', files), checked);
      expect(module.record).toMatchObject({ kernelRelease: checked.release, warnings: [] });
      expect(module.record.vermagic).toContain(`${checked.release} SMP`);
      expect(readElf(module.ko).section('.debug_line')?.length).toBeGreaterThan(100);
      builtChecked.set(name, module);
    });

    test('an error of the compiler: its own lines, paths as the student knows them, the changed interface', async () => {
      const body = '\tstruct timespec ts;\n\n\tgetnstimeofday(&ts);\n';
      const error = await failure(
        builder.build(
          await source('old', {
            'src/lab3.c': head + init(body) + license,
            Makefile: 'obj-m := src/lab3.o\n',
          }),
          kernel,
        ),
      );
      expect(error).toMatchObject({ name: 'ModuleDoesNotCompile', fault: 'module' });
      expect(error.message).toContain("src/lab3.c:5: storage size of 'ts' isn't known");
      expect(error.detail).toMatch(/^src\/lab3\.c: In function 'lab3_init':\nsrc\/lab3\.c:5:\d+: error: /);
      expect(error.detail).not.toContain('/build/');
      expect(error.hint).toContain('struct timespec64');
    });

    test('a symbol that is no longer exported', async () => {
      const error = await failure(
        builder.build(await source('exit', { 'lab3.c': head + init('\tdo_exit(0);\n') + license }), kernel),
      );
      expect(error.name).toBe('ModuleDoesNotCompile');
      expect(error.message).toContain('lab3.c:5: "do_exit" is not defined, or not exported');
      expect(error.hint).toContain('kthread_complete_and_exit');
    });

    test('a missing licence is named', async () => {
      const error = await failure(builder.build(await source('bare', { 'lab3.c': head + init('') }), kernel));
      expect(error).toMatchObject({ name: 'MissingLicense', fault: 'module' });
    });

    test('files of the computer cannot be read through #include', async () => {
      const text = `#include "/etc/passwd"\n#include "${path.resolve('package.json')}"\n`;
      const error = await failure(
        builder.build(await source('peep', { 'lab3.c': text + head + license }), kernel),
      );
      expect(error.name).toBe('ModuleDoesNotCompile');
      expect(error.detail).toContain('/etc/passwd: No such file or directory');
      expect(error.detail).not.toMatch(/root:|kthread-lab/);
    });

    test('a build without end is stopped', async () => {
      const text = '#if __INCLUDE_LEVEL__ < 60\n#include __FILE__\n#include __FILE__\n#endif\n';
      const quick = makers[name](context, { timeLimitMs: name === 'vm' ? 20_000 : 5_000 });
      const error = await failure(quick.build(await source('endless', { 'lab3.c': text }), kernel));
      expect(error).toMatchObject({ name: 'BuildTooSlow', fault: 'module' });
      expect(await children()).toEqual([]);
    });

    test('output without end is cut', async () => {
      // Each error drags the chain of includes that leads to it behind it.
      const text = '#if __INCLUDE_LEVEL__ < 180\n#include __FILE__\n#error x\n#include __FILE__\n#endif\n';
      const error = await failure(builder.build(await source('flood', { 'lab3.c': text }), kernel));
      expect(error).toMatchObject({ name: 'BuildFloods', fault: 'module' });
      expect(error.detail?.length).toBeLessThan(100_000);
    });

    test("a compiler that wants all memory is stopped, and it is the module's fault", async () => {
      const text = `${head}asm(".rept 0x7fffffff\\n.quad 0\\n.endr");\n${license}`;
      const error = await failure(builder.build(await source('fat', { 'lab3.c': text }), kernel));
      expect(error).toMatchObject({ name: 'BuildOutOfMemory', fault: 'module' });
    });

    test('Ctrl-C in the middle leaves nothing', async () => {
      const works = (): Promise<string[]> =>
        readdir(path.join(context.cacheDir, 'sandboxes')).catch(() => []);
      // Of others that were killed while they used this cache.
      const earlier = await works();
      const control = new AbortController();
      const interrupted = makers[name]({ ...context, signal: control.signal });
      const text = '#if __INCLUDE_LEVEL__ < 60\n#include __FILE__\n#include __FILE__\n#endif\n';
      const ending = failure(interrupted.build(await source('stopped', { 'lab3.c': text }), kernel));
      setTimeout(() => control.abort(), name === 'vm' ? 15_000 : 2_000);
      expect(await ending).toMatchObject({ name: 'Interrupted', fault: 'interrupted' });
      expect(await children()).toEqual([]);
      expect((await works()).filter((one) => !earlier.includes(one))).toEqual([]);
    });
  });
});

describe.skipIf(!builders.every(({ present }) => present))('all builders together', () => {
  test.each([
    ['', built],
    [' for the checked kernel', builtChecked],
  ])('make the same module%s, byte for byte', (_which, modules) => {
    const hashes = [...modules.values()].map(({ ko }) => createHash('sha256').update(ko).digest('hex'));
    expect(hashes).toHaveLength(builders.length);
    expect(new Set(hashes).size).toBe(1);
  });

  test('make a module that its kernel loads', async () => {
    const [module] = built.values();
    const guest = await startGuest(context, { kernel, vcpus: 2, memoryMiB: 256 });
    try {
      await guest.send('/root/lab3.ko', module?.ko ?? new Uint8Array());
      const { status, output } = await guest.run('insmod /root/lab3.ko && dmesg | tail -n 1', {
        deadlineMs: 30_000,
      });
      expect({ status, output }).toMatchObject({ status: 0, output: expect.stringMatching(/\b3\n$/) });
    } finally {
      await guest.kill();
    }
  });
});
