import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, realpath } from 'node:fs/promises';
import path, { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { LabError, labError } from '../../lab/errors.ts';
import type { Architecture } from '../../lab/names.ts';
import type { Context } from '../context.ts';
import { type PackageRequest, providePackages, recallPackages } from '../packages/provide.ts';
import { unpackTree } from '../packages/tree.ts';
import { pathRules, variable } from './environment.ts';
import { fileIdentity } from './file-identity.ts';
import { findProgram } from './programs.ts';

const run = promisify(execFile);

/** A QEMU for one architecture of guests that answered `--version`. */
export interface Qemu {
  /** Program and first arguments; the machine's follow. */
  readonly argv: readonly string[];
  /** Variables it needs besides the computer's; undefined removes one. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** e.g. `10.0.13`. */
  readonly version: string;
  readonly source: 'path' | 'packages';
  /** UEFI firmware for arm64 guests, whose machine has no screen without it. */
  readonly firmware?: string;
}

/** `screendump` writes PNG from here on. */
const oldest = [7, 1] as const;

export const programs = { amd64: 'qemu-system-x86_64', arm64: 'qemu-system-aarch64' } as const;

/**
 * Where installers put QEMU without naming the place in the PATH: Homebrew on Apple silicon and on Intel, MacPorts;
 * winget and Chocolatey (in the folder of programs, which variables name, since it may be on another drive), Scoop and
 * MSYS2.
 */
export function usualFolders({ platform, env }: Pick<Context, 'platform' | 'env'>): string[] {
  if (platform === 'darwin') return ['/opt/homebrew/bin', '/usr/local/bin', '/opt/local/bin'];
  if (platform !== 'win32') return [];
  const below = (name: string, ...parts: string[]) => {
    const folder = variable('win32', env, name);
    return folder ? [path.win32.join(folder, ...parts)] : [];
  };
  const programs = ['ProgramW6432', 'ProgramFiles', 'ProgramFiles(x86)'].flatMap((name) =>
    below(name, 'qemu'),
  );
  const scoop = below('USERPROFILE', 'scoop', 'apps', 'qemu', 'current');
  const msys = ['ucrt64', 'clang64', 'clangarm64', 'mingw64'].map((name) => `C:\\msys64\\${name}\\bin`);
  return [...new Set([...programs, 'C:\\Program Files\\qemu', ...scoop, ...msys])];
}

/**
 * QEMU for guests of `arch`: LAB3_QEMU, the PATH, the usual folders, and on Linux Debian's packages in the cache.
 * Throws `QemuMissing`, or `QemuUnusable` for one that was named and does not work.
 */
export async function findQemu(context: Context, arch: Architecture, mirror?: string): Promise<Qemu> {
  const installed = await findInstalledQemu(context, arch);
  if ('qemu' in installed) return installed.qemu;
  if (context.platform === 'linux') return qemuFromPackages(context, arch, mirror);
  throw labError('QemuMissing', {
    program: programs[arch],
    platform: context.platform,
    tried: installed.tried,
  });
}

/** What is there without downloading anything, or what was looked at and why it was not taken. */
export async function findInstalledQemu(
  context: Context,
  arch: Architecture,
): Promise<{ qemu: Qemu } | { tried: string[] }> {
  const program = programs[arch];
  const named = context.env.LAB3_QEMU;
  if (named && !emulatesAnother(named, arch))
    return { qemu: await withFirmware(context, await usable(context, [named], {}, 'path'), arch) };
  const folders = usualFolders(context);
  const found = await findProgram(context, program, folders);
  if (found === undefined) return { tried: ['LAB3_QEMU', 'the PATH', ...folders] };
  try {
    return { qemu: await withFirmware(context, await usable(context, [found], {}, 'path'), arch) };
  } catch (error) {
    if (!(error instanceof LabError) || error.fault === 'interrupted') throw error;
    return { tried: [error.message] };
  }
}

/** By the name that QEMU's programs have; one of another name is taken for what it was named for. */
function emulatesAnother(file: string, arch: Architecture): boolean {
  return Object.entries(programs).some(
    ([other, program]) => other !== arch && basename(file.replaceAll('\\', '/')).startsWith(program),
  );
}

async function usable(
  context: Context,
  argv: readonly string[],
  env: Qemu['env'],
  source: Qemu['source'],
): Promise<Qemu> {
  const [program = ''] = argv;
  const unusable = (reason: string) => labError('QemuUnusable', { program, reason });
  let stdout: string;
  try {
    stdout = await whatItSays(context, argv, { ...context.env, ...env });
  } catch (error) {
    if (context.signal.aborted) throw labError('Interrupted', undefined);
    throw unusable(error instanceof Error ? (error.message.split('\n').find(Boolean) ?? '') : String(error));
  }
  const version = /version (\d+)\.(\d+)(\.\d+)?/.exec(stdout);
  if (!version) throw unusable('it does not say its version');
  const [major, minor] = [Number(version[1]), Number(version[2])];
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
    throw unusable(`its version is ${major}.${minor}, older than ${oldest.join('.')}`);
  }
  return { argv, env, version: version[0].slice('version '.length), source };
}

/** By what the program and its environment are: a class asks for each of its machines, and an answer takes 25 ms. */
const said = new Map<string, string>();

async function whatItSays(
  { signal }: Pick<Context, 'signal'>,
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<string> {
  signal.throwIfAborted();
  const key = JSON.stringify([await Promise.all(argv.map(fileIdentity)), env]);
  const known = said.get(key);
  if (known !== undefined) return known;
  const [program = '', ...prefix] = argv;
  const options = { env, timeout: 20_000, signal, windowsHide: true };
  const { stdout } = await run(program, [...prefix, '--version'], options);
  said.set(key, stdout);
  return stdout;
}

const packages = {
  amd64: {
    names: ['qemu-system-x86', 'seabios'],
    loader: 'lib64/ld-linux-x86-64.so.2',
    triplet: 'x86_64-linux-gnu',
  },
  arm64: {
    names: ['qemu-system-arm', 'qemu-efi-aarch64'],
    loader: 'lib/ld-linux-aarch64.so.1',
    triplet: 'aarch64-linux-gnu',
  },
} as const;

/**
 * What only maintainer scripts, firmware for other machines and loadable features need: QEMU runs without, and 51
 * packages of 26 MiB are left of 90 of 36.
 */
const needless = [
  'adduser',
  'ipxe-qemu',
  'libcap-ng0',
  'libsasl2-modules-db',
  'libsystemd0',
  'openssl-provider-legacy',
  'passwd',
  'qemu-system-common',
];

/** Unpacked in the cache and started through its own loader, so that the host's libraries play no part. */
async function qemuFromPackages(context: Context, arch: Architecture, mirror?: string): Promise<Qemu> {
  const host = packages[context.hostArch];
  const debs = await providePackages(context, qemuPackages(context, arch, mirror));
  const root = await unpackTree(context, debs, { label: 'QEMU', keep: keptFile, revision: '2' });
  const libraries = join(root, 'usr', 'lib', host.triplet);
  const argv = [
    join(root, ...host.loader.split('/')),
    ...['--library-path', libraries],
    join(root, 'usr', 'bin', programs[arch]),
    ...['-L', join(root, 'usr', 'share', 'qemu'), '-L', join(root, 'usr', 'share', 'seabios')],
  ];
  const env = { QEMU_MODULE_DIR: join(libraries, 'qemu'), LD_PRELOAD: undefined, LD_LIBRARY_PATH: undefined };
  const qemu = await usable(context, argv, env, 'packages');
  return arch === 'arm64' ? { ...qemu, firmware: join(root, ...packagedFirmware.split('/')) } : qemu;
}

/** QEMU for guests of `arch`, to run on a computer of `hostArch`. */
export function qemuPackages(
  context: Pick<Context, 'hostArch'>,
  arch: Architecture,
  mirror: string | undefined,
): PackageRequest {
  return {
    suite: 'trixie',
    arch: context.hostArch,
    names: packages[arch].names,
    exclude: needless,
    mirror,
    label: 'QEMU',
  };
}

/** The version that packages in the cache have, where they were fetched before: asks nobody and starts nothing. */
export async function recallPackagedQemu(
  context: Pick<Context, 'cacheDir' | 'env' | 'hostArch'>,
  arch: Architecture,
  mirror?: string,
): Promise<string | undefined> {
  const known = await recallPackages(context, qemuPackages(context, arch, mirror));
  return known && packagedVersion(known, arch);
}

/** The version of QEMU that is among these packages, e.g. `10.0.13`. */
export function packagedVersion(
  debs: readonly { readonly name: string; readonly version: string }[],
  arch: Architecture,
): string | undefined {
  const { version } = debs.find(({ name }) => name === packages[arch].names[0]) ?? {};
  return version === undefined ? undefined : /^(?:\d+:)?(\d+(?:\.\d+)*)/.exec(version)?.[1];
}

export const packagedFirmware = 'usr/share/qemu-efi-aarch64/QEMU_EFI.fd';

/** Where distributions put it; QEMU's own builds have it next to themselves. */
async function withFirmware(context: Context, qemu: Qemu, arch: Architecture): Promise<Qemu> {
  if (arch !== 'arm64') return qemu;
  const program = await realpath(qemu.argv[0] ?? '').catch(() => '');
  const places = firmwarePlaces(context.platform, program);
  for (const firmware of places) if (await isReadable(firmware)) return { ...qemu, firmware };
  return qemu;
}

export function firmwarePlaces(platform: NodeJS.Platform, program: string): string[] {
  const rules = pathRules(platform);
  const besides = (...parts: string[]) =>
    rules.join(rules.dirname(program), ...parts, 'edk2-aarch64-code.fd');
  const installed = besides('..', 'share', 'qemu');
  // The installer of Windows has no `bin`; MSYS2 has one there too.
  if (platform === 'win32') return [besides('share'), installed];
  return [
    installed,
    `/${packagedFirmware}`,
    '/usr/share/edk2/aarch64/QEMU_EFI.fd',
    '/usr/share/AAVMF/AAVMF_CODE.fd',
  ];
}

function isReadable(file: string): Promise<boolean> {
  return access(file, constants.R_OK).then(
    () => true,
    () => false,
  );
}

/** Programs, libraries and the firmware of our machines; no documents, no firmware of others. */
function keptFile(file: string): boolean {
  return (
    file === packagedFirmware ||
    /^usr\/(bin\/qemu-system-|lib\/|lib64\/|share\/seabios\/|share\/qemu\/[^/]*\.(bin|rom)$)/.test(file)
  );
}
