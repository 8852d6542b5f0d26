import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { labError } from '../../lab/errors.ts';
import { cachePath, exists, writeAtomic } from '../cache.ts';
import type { Context } from '../context.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { extractFiles } from '../packages/deb.ts';
import { type DebFile, type PackageRequest, providePackages } from '../packages/provide.ts';
import { type CpioEntry, cpio } from './cpio.ts';
import { type InitScript, readInitScripts } from './init/scripts.ts';
import { kernelModules } from './kernel-modules.ts';

/** Changes when the same inputs are to give another archive. */
const format = 2;

/** The control port, which some kernels have built in and some as modules. */
const controlModules = ['virtio_pci', 'virtio_console'];

export interface InitramfsSpec {
  readonly kernel: Kernel;
  /** Kernel modules to load at boot besides the ones that the control port needs. */
  readonly modules: readonly string[];
  /** Paths of cpio archives to put after ours: the kernel unpacks them over it, in this order. */
  readonly archives: readonly string[];
  readonly mirror?: string | undefined;
}

/** Path of an initramfs in the cache: busybox, our init, kernel modules. The same inputs give the same file. */
export async function buildInitramfs(context: Context, spec: InitramfsSpec): Promise<string> {
  const { kernel } = spec;
  const busybox = await busyboxDeb(context, { ...kernel, mirror: spec.mirror });
  const scripts = await readInitScripts();
  const modules = [...new Set([...controlModules, ...spec.modules])];
  // Too large to be read at each start: whoever makes one gives it another name for another content.
  const archives = await Promise.all(
    spec.archives.map(async (path) => [path, (await stat(path)).size, (await stat(path)).mtimeMs]),
  );

  const hash = createHash('sha256').update(
    JSON.stringify([format, busybox.sha256, kernel.release, kernel.version, modules, archives]),
  );
  for (const { content } of scripts) hash.update(String(content.length)).update(content);
  const path = cachePath(context, 'initramfs', `${hash.digest('hex').slice(0, 32)}.cpio`);
  if (await exists(path)) return path;

  const own = await cpio(await entriesOf(busybox, scripts, kernel, modules));
  const others = await Promise.all(spec.archives.map((archive) => readFile(archive)));
  await writeAtomic(path, Buffer.concat([own, ...others]));
  return path;
}

type BusyboxRequest = Pick<PackageRequest, 'suite' | 'arch' | 'mirror'>;

async function busyboxDeb(context: Context, { suite, arch, mirror }: BusyboxRequest): Promise<DebFile> {
  const debs = await providePackages(context, {
    suite,
    arch,
    names: ['busybox-static'],
    exclude: ['libc6'],
    mirror,
    label: 'guest',
  });
  const busybox = debs.find(({ name }) => name === 'busybox-static');
  if (!busybox) throw labError('PackageNotFound', { name: 'busybox-static', suite, arch });
  return busybox;
}

async function programOf(busybox: DebFile): Promise<Uint8Array> {
  const files = await extractFiles(busybox.path, (path) => path.endsWith('bin/busybox'));
  const [program] = files.values();
  if (!program) throw labError('PackageDamaged', { path: busybox.path, reason: 'there is no busybox in it' });
  return program.content;
}

/** Busybox, which needs nothing of the system that it runs in. */
export async function provideBusybox(context: Context, request: BusyboxRequest): Promise<Uint8Array> {
  return programOf(await busyboxDeb(context, request));
}

async function entriesOf(
  busybox: DebFile,
  scripts: readonly InitScript[],
  kernel: Kernel,
  wanted: readonly string[],
): Promise<CpioEntry[]> {
  const program = await programOf(busybox);
  const modules = await kernelModules(kernel, wanted);
  const folder = `lib/modules/${kernel.release}`;
  const folders = [
    'bin',
    'dev',
    'etc',
    'lib',
    'lib/lab3',
    'lib/modules',
    folder,
    'proc',
    'root',
    'run',
    'run/lab3',
    'sys',
    'tmp',
  ];
  const list = modules.map(({ name }) => `/${folder}/${name}.ko\n`).join('');
  return [
    ...folders.map((path): CpioEntry => ({ type: 'directory', path })),
    // Where the kernel opens the first process's output before /dev is mounted.
    { type: 'device', path: 'dev/console', kind: 'char', major: 5, minor: 1 },
    { type: 'file', path: 'bin/busybox', mode: 0o755, content: program },
    { type: 'symlink', path: 'bin/sh', target: 'busybox' },
    ...scripts.map((script): CpioEntry => ({ type: 'file', mode: 0o755, ...script })),
    { type: 'file', path: 'lib/lab3/modules', content: Buffer.from(list) },
    ...modules.map(
      ({ name, content }): CpioEntry => ({ type: 'file', path: `${folder}/${name}.ko`, content }),
    ),
  ];
}
