/** All checks of `lab3 doctor`, in the order in which they are shown. Changes nothing and downloads nothing. */
import { access, constants, readdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Suite } from '../../lab/names.ts';
import { findEngine } from '../../provision/builder/docker/engine.ts';
import { baseImage } from '../../provision/builder/docker/image.ts';
import { sandboxBuilder } from '../../provision/builder/sandbox/sandbox.ts';
import { cachePath } from '../../provision/cache.ts';
import type { Context } from '../../provision/context.ts';
import { within } from '../../provision/deadline.ts';
import { engineAvailable } from '../../provision/guest/container/engine.ts';
import {
  candidates,
  localAccelerators,
  obstacle,
  standingChoice,
} from '../../provision/guest/qemu/accelerator.ts';
import { findProgram } from '../../provision/host/programs.ts';
import { findInstalledQemu, findQemu, type Qemu } from '../../provision/host/qemu.ts';
import { chooseSources } from '../../provision/packages/mirror.ts';
import { toLabError } from '../causes.ts';
import { diskUsage } from '../cleaning.ts';
import { type CacheState, cacheState } from '../context.ts';
import {
  allowNamespacesCommand,
  installCommand,
  joinGroupCommand,
  type Manager,
  managerOf,
  startDockerCommand,
} from './advice.ts';
import { broken, type Check, missing, ok } from './check.ts';
import { checkDisk, checkMemory, checkNode, checkVirtualisation } from './computer.ts';
import { ask, freeDisk, memory, virtualisation } from './probe.ts';

const archiveDeadlineMs = 6_000;

/** @param archive suite and mirror that a run would take its packages from */
export async function examine(
  context: Context,
  archive: { suite: Suite; mirror: string | undefined },
): Promise<Check[]> {
  const manager = managerOf(
    context.platform,
    await readFile('/etc/os-release', 'utf8').catch(() => undefined),
  );
  const state = await cacheState(context.cacheDir).catch(() => 'foreign' as const);
  const ranBefore = (await readdir(cachePath(context, 'accelerators')).catch(() => [])).length > 0;
  const checks = await Promise.all([
    checkNode(process.version, manager),
    checkCache(context.cacheDir, state),
    disk(context, state),
    memory(context.platform).then(({ free, total }) => checkMemory(free, total)),
    virtualisation(context).then((found) => checkVirtualisation(found, context.platform, manager)),
    qemu(context, manager),
    accelerators(context, ranBefore),
    docker(context, manager),
    container(context),
    sandbox(context),
    vagrant(context, manager),
    debianArchive(context, archive, ranBefore),
  ]);
  return checks.filter((check) => check !== undefined);
}

async function checkCache(folder: string, state: CacheState): Promise<Check> {
  if (state === 'foreign')
    return broken(
      'Cache folder',
      `${folder} is not lab3’s`,
      'choose an empty folder with LAB3_CACHE=FOLDER',
      true,
    );
  let at = folder;
  for (;;) {
    try {
      await access(at, constants.W_OK);
      return ok('Cache folder', `${folder}${state === 'ours' ? '' : ', made when needed'}`);
    } catch (error) {
      const gone = (error as NodeJS.ErrnoException).code === 'ENOENT' && dirname(at) !== at;
      if (!gone)
        return broken(
          'Cache folder',
          `${at} cannot be written`,
          'choose another with LAB3_CACHE=FOLDER',
          true,
        );
      at = dirname(at);
    }
  }
}

async function disk(context: Context, state: CacheState): Promise<Check> {
  const already = state === 'ours' ? await diskUsage(context.cacheDir, context.signal) : 0;
  return checkDisk(await freeDisk(context.cacheDir), already, context.cacheDir);
}

async function qemu(context: Context, manager: Manager | undefined): Promise<Check> {
  const command = installCommand('qemu', manager);
  try {
    const found = await findInstalledQemu(context, context.hostArch);
    if ('qemu' in found) return ok('QEMU', `${found.qemu.version}, ${found.qemu.argv[0] ?? ''}`);
    if (context.platform === 'linux')
      return ok('QEMU', 'not installed; taken from Debian packages into the cache, no root needed');
    const { ok: docker } = await engineAvailable(context);
    const instead = docker ? '; `--vm auto` takes a container instead' : '';
    return missing('QEMU', `looked in ${found.tried.join(', ')}${instead}`, command, !docker);
  } catch (error) {
    const said = toLabError(error);
    return broken(
      'QEMU',
      said?.message ?? String(error),
      said?.hint ?? command,
      context.platform !== 'linux',
    );
  }
}

async function accelerators(context: Context, ranBefore: boolean): Promise<Check | undefined> {
  const order = candidates(context, context.hostArch).join(', then ');
  if (!ranBefore) return ok('Accelerator', `not tried yet; the first start tries ${order}`);
  let found: Qemu;
  try {
    found = await findQemu(context, context.hostArch);
  } catch {
    return undefined;
  }
  const known = localAccelerators(context, found, context.hostArch);
  const choice = await standingChoice(context, known, obstacle);
  if (choice === undefined) return ok('Accelerator', `not tried yet; the next start tries ${order}`);
  const why = choice.attempts
    .filter(({ works }) => !works)
    .map(({ accelerator, reason }) => `; ${accelerator}: ${reason}`);
  return ok('Accelerator', `${choice.accelerator}${why.join('')}`);
}

async function docker(context: Context, manager: Manager | undefined): Promise<Check> {
  const { platform, env } = context;
  const search = await findEngine({ platform, env, uid: process.getuid?.() });
  if (search.engine) {
    const { from, version, arch } = search.engine;
    return ok('Docker engine', `${version} (${arch}), ${from}`);
  }
  const note = 'other builders do without';
  const denied = search.tried.find(({ outcome }) => outcome.includes('denied'));
  if (denied)
    return broken(
      'Docker engine',
      `${denied.candidate.address} may not be opened; ${note}`,
      joinGroupCommand('docker', manager),
    );
  const named = search.tried.find(({ candidate }) => candidate.named);
  if (named)
    return broken(
      'Docker engine',
      `${named.candidate.from} (${named.candidate.address}): ${named.outcome}; ${note}`,
      startDockerCommand(platform, manager),
    );
  if ((await findProgram(context, 'docker')) !== undefined)
    return broken(
      'Docker engine',
      `installed, but no engine answers; ${note}`,
      startDockerCommand(platform, manager),
    );
  return missing('Docker engine', `not there; ${note}`, installCommand('docker', manager));
}

/** Nothing where no engine answers: the line before says that. */
async function container(context: Context): Promise<Check | undefined> {
  const { ok: works, reason } = await engineAvailable(context);
  if (works)
    return ok('QEMU in a container', '--vm container works here; the first start makes an image of 140 MB');
  if (reason.startsWith('no Docker engine')) return undefined;
  return broken(
    'QEMU in a container',
    `${reason}; --vm qemu does without`,
    `docker pull ${baseImage(context.env)}`,
  );
}

async function sandbox(context: Context): Promise<Check | undefined> {
  if (context.platform !== 'linux') return undefined;
  const { ok: works, reason } = await sandboxBuilder(context).available();
  if (works) return ok('Sandbox', reason);
  return broken('Sandbox', `${reason}; builders docker and vm do without`, allowNamespacesCommand(reason));
}

async function vagrant(context: Context, manager: Manager | undefined): Promise<Check> {
  const program = await findProgram(context, 'vagrant');
  const note = '--vm qemu does without';
  if (program === undefined)
    return missing('Vagrant', `not there; ${note}`, installCommand('vagrant', manager));
  const version = await ask(program, ['--version']);
  return version === undefined
    ? broken('Vagrant', `${program} does not answer; ${note}`, installCommand('vagrant', manager))
    : ok('Vagrant', version);
}

async function debianArchive(
  context: Context,
  { suite, mirror }: { suite: Suite; mirror: string | undefined },
  ranBefore: boolean,
): Promise<Check> {
  const note = ranBefore ? '; what was fetched before is in the cache' : '';
  const mend = 'check the connection, or name another archive with LAB3_MIRROR=ADDRESS';
  try {
    const [main] = await chooseSources(context, suite, mirror);
    if (main === undefined) throw new Error('no archive is known');
    const url = `${main.base}/dists/${main.dist}/InRelease`;
    const response = await within(context.signal, archiveDeadlineMs, (signal) =>
      fetch(url, { method: 'HEAD', signal }),
    );
    if (response.ok) return ok('Debian archive', main.base);
    return broken('Debian archive', `${main.base} answers ${response.status}${note}`, mend, !ranBefore);
  } catch (error) {
    const said = toLabError(error)?.message ?? 'it does not answer';
    return broken('Debian archive', `${said.replace(/\.$/, '')}${note}`, mend, !ranBefore);
  }
}
