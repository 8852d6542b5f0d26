/** bubblewrap: namespaces without root. From the PATH, else from Debian packages through its own loader. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Architecture } from '../../../lab/names.ts';
import type { Context } from '../../context.ts';
import { findProgram } from '../../host/programs.ts';
import { providePackages } from '../../packages/provide.ts';
import { unpackTree } from '../../packages/tree.ts';
import { workFolder } from '../recipe.ts';
import { runLimited } from './process.ts';

/** Where Debian's packages have them. */
export const loaders: Record<Architecture, { loader: string; libraries: string }> = {
  amd64: { loader: 'usr/lib64/ld-linux-x86-64.so.2', libraries: 'usr/lib/x86_64-linux-gnu' },
  arm64: { loader: 'usr/lib/ld-linux-aarch64.so.1', libraries: 'usr/lib/aarch64-linux-gnu' },
};

/** The start of its argv where it is installed. */
export async function installedBubblewrap(context: Context): Promise<string[] | undefined> {
  const program = await findProgram(context, 'bwrap');
  return program === undefined ? undefined : [program];
}

/** The start of its argv, out of packages in the cache where it is not installed: 7 packages, 3 MiB. */
export async function provideBubblewrap(context: Context, mirror?: string): Promise<string[]> {
  const installed = await installedBubblewrap(context);
  if (installed !== undefined) return installed;
  const debs = await providePackages(context, {
    suite: 'trixie',
    arch: context.hostArch,
    names: ['bubblewrap'],
    ...(mirror === undefined ? {} : { mirror }),
    label: 'bubblewrap',
  });
  const keep = (file: string) => /^usr\/(bin\/bwrap|lib\/|lib64\/)/.test(file);
  const root = await unpackTree(context, debs, { label: 'bubblewrap', keep, revision: '1' });
  const { loader, libraries } = loaders[context.hostArch];
  return [
    path.join(root, loader),
    '--library-path',
    path.join(root, libraries),
    path.join(root, 'usr/bin/bwrap'),
  ];
}

/**
 * Everything is new and empty: no network, no other processes, no file of the host's but the toolchain, read only.
 * Only `work` can be written and outlives the sandbox. /proc is left out: no build needs it, and some containers
 * forbid it.
 */
export function sandboxArguments(options: {
  readonly tree: string;
  readonly work: string;
  readonly env: Readonly<Record<string, string>>;
  /** Size of /tmp, which is memory. */
  readonly temporaryBytes: number;
  /** Path in the work folder → file of this computer, to be read only. */
  readonly inputs?: Readonly<Record<string, string>>;
}): string[] {
  const { tree, work, env, temporaryBytes, inputs = {} } = options;
  return [
    ...isolation,
    ...['--ro-bind', path.join(tree, 'usr'), '/usr'],
    ...['bin', 'sbin', 'lib', 'lib64'].flatMap((name) => ['--symlink', `usr/${name}`, `/${name}`]),
    ...['--dev', '/dev'],
    ...['--perms', '1777', '--size', String(temporaryBytes), '--tmpfs', '/tmp'],
    ...['--bind', work, workFolder],
    ...Object.entries(inputs).flatMap(([name, file]) => ['--ro-bind', file, `${workFolder}/${name}`]),
    ...['--remount-ro', '/'],
    ...['--clearenv', ...Object.entries(env).flatMap(([name, value]) => ['--setenv', name, value])],
    ...['--chdir', workFolder, '--'],
  ];
}

const isolation = [
  ...[
    '--unshare-user',
    '--unshare-pid',
    '--unshare-net',
    '--unshare-ipc',
    '--unshare-uts',
    '--unshare-cgroup-try',
  ],
  ...['--die-with-parent', '--new-session', '--cap-drop', 'ALL', '--uid', '1000', '--gid', '1000'],
];

const probeDeadlineMs = 5_000;

/** Makes a sandbox and runs `true` in it. The reason why it cannot be made, or undefined. */
export async function whyRefused(
  context: Context,
  bubblewrap: readonly string[],
): Promise<string | undefined> {
  const program = await findProgram(context, 'true');
  if (program === undefined) return 'there is no program `true` to try it with';
  const argv = [
    ...bubblewrap,
    ...isolation,
    '--ro-bind',
    '/',
    '/',
    '--dev',
    '/dev',
    '--tmpfs',
    '/tmp',
    '--',
    program,
  ];
  try {
    const { status, output, end } = await runLimited(argv, {
      deadlineMs: probeDeadlineMs,
      signal: context.signal,
      env: { LC_ALL: 'C' },
    });
    if (end === 'too-slow') return `it did not answer within ${probeDeadlineMs / 1000} s`;
    if (status === 0) return undefined;
    return (await knownRefusal()) ?? (firstLine(output) || `it ended with status ${status}`);
  } catch (error) {
    if (context.signal.aborted) throw error;
    return (error as Error).message;
  }
}

/**
 * The same question where bubblewrap is not here yet: `unshare` makes the same namespaces. undefined where nothing
 * speaks against it.
 */
export async function whyNamespacesRefused(context: Context): Promise<string | undefined> {
  const known = await knownRefusal();
  if (known !== undefined && process.getuid?.() !== 0) return known;
  const [unshare, program] = [await findProgram(context, 'unshare'), await findProgram(context, 'true')];
  if (unshare === undefined || program === undefined) return known;
  const argv = [unshare, '--user', '--map-root-user', '--mount', '--pid', '--net', '--fork', program];
  try {
    const { status, output } = await runLimited(argv, {
      deadlineMs: probeDeadlineMs,
      signal: context.signal,
      env: { LC_ALL: 'C' },
    });
    return status === 0 ? undefined : (known ?? `user namespaces are refused: ${firstLine(output)}`);
  } catch (error) {
    if (context.signal.aborted) throw error;
    return known;
  }
}

/** Switches by which distributions forbid user namespaces to users. */
async function knownRefusal(): Promise<string | undefined> {
  const read = (name: string) =>
    readFile(`/proc/sys/${name}`, 'utf8').then(
      (text) => text.trim(),
      () => undefined,
    );
  if ((await read('user/max_user_namespaces')) === '0') {
    return 'user namespaces are switched off (user.max_user_namespaces is 0)';
  }
  if ((await read('kernel/unprivileged_userns_clone')) === '0') {
    return 'user namespaces are for root alone here (kernel.unprivileged_userns_clone is 0)';
  }
  if ((await read('kernel/apparmor_restrict_unprivileged_userns')) === '1') {
    return 'AppArmor refuses user namespaces here (kernel.apparmor_restrict_unprivileged_userns is 1)';
  }
  return undefined;
}

const firstLine = (text: string) => text.trim().split('\n')[0] ?? '';
