// What the kernel's own tools say of module/: compiled at W=1 and read by sparse for every kernel that the module is
// for, x86-64 and arm64, and checkpatch.pl --strict of the oldest and the newest of them. Everything, the compilers
// too, comes from verified Debian packages and runs in bubblewrap: Linux, no root.
//   node scripts/check-module.mjs               all of it: 600 MB of packages the first time
//   node scripts/check-module.mjs trixie        the kernels of one suite
// Ends with 1 when anything is said against the module.
import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const top = fileURLToPath(new URL('..', import.meta.url));
const name = 'lab3';
/** `sid` has the newest kernel that Debian offers. */
const allSuites = ['bookworm', 'trixie', 'sid'];
const crossTargets = {
  amd64: { arch: 'x86', triple: 'x86_64-linux-gnu' },
  arm64: { arch: 'arm64', triple: 'aarch64-linux-gnu' },
};
const tools = [
  'make',
  'dash',
  'coreutils',
  'diffutils',
  'findutils',
  'grep',
  'mawk',
  'sed',
  'sparse',
  'perl-base',
];
const needless = [
  'libc6-dev',
  'libcc1-0',
  'libgprofng0',
  'libsystemd0',
  'openssl-provider-legacy',
  'dpkg',
  'debconf',
];
const environment = { PATH: '/usr/bin:/bin', LC_ALL: 'C', HOME: '/tmp', TMPDIR: '/tmp' };

const suites = process.argv.length > 2 ? process.argv.slice(2) : allSuites;
const stranger = suites.find((suite) => !allSuites.includes(suite));
if (stranger !== undefined) {
  console.error(`no suite ${stranger}; there are: ${allSuites.join(' ')}`);
  process.exit(2);
}

const folder = await mkdtemp(join(tmpdir(), 'lab3-check-'));
try {
  const lab = await loadLab();
  const { signal } = new AbortController();
  const { platform, arch, env } = process;
  const context = await lab.makeContext({ platform, arch, env, cwd: process.cwd(), emit: () => {}, signal });
  const said = [];
  for (const suite of suites) {
    for (const target of Object.keys(crossTargets))
      said.push(...(await compile(lab, context, suite, target)));
  }
  for (const suite of new Set([suites[0], suites.at(-1)]))
    said.push(...(await judgeStyle(lab, context, suite)));
  for (const text of said) console.error(text);
  console.log(said.length === 0 ? 'nothing to say against the module' : `${said.length} complaint(s)`);
  process.exitCode = said.length === 0 ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** The parts of the tool that this needs, bundled; the worker must lie beside them. */
async function loadLab() {
  const parts = {
    'cli/context': 'makeContext',
    'provision/builder/sandbox/bubblewrap': 'provideBubblewrap, sandboxArguments',
    'provision/packages/archive': 'openArchive',
    'provision/packages/provide': 'providePackages',
    'provision/packages/tree': 'unpackTree',
  };
  const contents = Object.entries(parts).map(([file, names]) => `export { ${names} } from './${file}.ts';`);
  const outdir = join(top, 'build', 'check-module');
  const options = { bundle: true, packages: 'external', format: 'esm', platform: 'node', outdir };
  await build({ ...options, absWorkingDir: top, entryPoints: ['provision/packages/decompress-worker.ts'] });
  await build({
    ...options,
    stdin: { contents: contents.join('\n'), resolveDir: top, sourcefile: 'lab.js' },
  });
  return import(pathToFileURL(join(outdir, 'stdin.js')).href);
}

/** The newest cloud kernel's headers of a suite: release, their packages, the compiler and kbuild that they ask for. */
async function headersOf(lab, context, suite, arch) {
  const quiet = { note: () => {}, bytes: () => {}, expect: () => {} };
  const archive = await lab.openArchive(context, { suite, arch }, quiet, { refresh: false });
  const dependsOf = (wanted) =>
    archive
      .named(wanted)[0]
      ?.depends.flat()
      .map((one) => one.name) ?? [];
  const headers = dependsOf(`linux-headers-cloud-${arch}`).find((one) => one.startsWith('linux-headers-'));
  if (headers === undefined) throw new Error(`${suite} has no cloud kernel for ${arch}`);
  const depends = dependsOf(headers);
  const own = depends.filter((one) => one.startsWith('linux-headers-'));
  const gcc = depends
    .map((one) => /^(?:linux-compiler-)?gcc-(\d+)/.exec(one)?.[1])
    .find((version) => version !== undefined);
  const kbuild = depends.find((one) => one.startsWith('linux-kbuild-'));
  if (gcc === undefined || kbuild === undefined) throw new Error(`${headers} names no compiler: ${depends}`);
  const exclude = [headers, ...own].flatMap(dependsOf).filter((one) => one !== headers && !own.includes(one));
  return {
    release: headers.slice('linux-headers-'.length),
    packages: [headers, ...own],
    exclude,
    gcc,
    kbuild,
  };
}

async function compile(lab, context, suite, arch) {
  const headers = await headersOf(lab, context, suite, arch);
  const cross = arch === context.hostArch ? '' : `${crossTargets[arch].triple}-`;
  const compiler = cross === '' ? `gcc-${headers.gcc}` : `gcc-${headers.gcc}-${cross.slice(0, -1)}`;
  const debs = [
    ...(await lab.providePackages(context, {
      ...{ suite, arch, names: headers.packages, exclude: headers.exclude },
      label: headers.release,
    })),
    ...(await lab.providePackages(context, {
      ...{ suite, arch: context.hostArch, names: [compiler, headers.kbuild, ...tools] },
      ...{ exclude: ['pahole', `libgcc-${headers.gcc}-dev`, ...needless], label: compiler },
    })),
  ];
  const root = await toolRoot(lab, context, debs, `headers and compiler for ${headers.release}`);
  console.log(`W=1 and sparse: ${headers.release}`);
  const work = join(folder, headers.release);
  await cp(join(top, 'module'), join(work, name), { recursive: true });
  const words = [
    ...['make', '-C', `/usr/src/linux-headers-${headers.release}`, `M=/build/${name}`, '-j2'],
    ...[`ARCH=${crossTargets[arch].arch}`, `CROSS_COMPILE=${cross}`, `CC=${cross}gcc-${headers.gcc}`],
    // kernel-doc, which W=1 runs as well, is another program in every release, and the module has no such comments.
    ...['W=1', 'C=1', 'CHECK=sparse', 'KERNELDOC=true', 'CONFIG_DEBUG_INFO_BTF_MODULES=', 'modules'],
  ];
  const { status, output } = await inSandbox(lab, context, root, work, words);
  const lines = output.split('\n');
  const complaints = lines.filter((line) => /warning|error/i.test(line) && line.includes(name));
  // Debian's headers of 7.2 lack the script by which kbuild looks for sparse.
  const unable = lines.some((line) => line.includes('checker-valid.sh: No such file'));
  if (unable) console.log('  without sparse: its headers cannot call it');
  else if (!lines.some((line) => /^\s*CHECK\s/.test(line))) complaints.push('sparse was not run');
  if (status !== 0) complaints.push(`make ended with ${status}:\n${output}`);
  return complaints.map((line) => `${headers.release}: ${line}`);
}

/** checkpatch.pl has no package of its own: linux-source carries it. */
async function judgeStyle(lab, context, suite) {
  const { release } = await headersOf(lab, context, suite, context.hostArch);
  const source = `linux-source-${/^\d+\.\d+/.exec(release)[0]}`;
  console.log(`checkpatch.pl --strict: ${source}`);
  const exclude = ['binutils', 'xz-utils', 'bzip2', 'zstd'];
  const debs = [
    ...(await lab.providePackages(context, {
      ...{ suite, arch: context.hostArch, names: [source], exclude, label: 'checkpatch.pl' },
    })),
    ...(await lab.providePackages(context, {
      ...{ suite, arch: context.hostArch, names: ['perl', 'tar', 'xz-utils', ...tools] },
      ...{ exclude: needless, label: 'perl' },
    })),
  ];
  const root = await toolRoot(lab, context, debs, source);
  const work = join(folder, source);
  await cp(join(top, 'module'), join(work, name), { recursive: true });
  const wanted = ['checkpatch.pl', 'spelling.txt', 'const_structs.checkpatch'];
  const script = [
    'set -e; cd /build; mkdir kernel',
    `tar -xJf /usr/src/${source}.tar.xz -C kernel --strip-components=1 --wildcards ${wanted.map((one) => `'*/scripts/${one}'`).join(' ')}`,
    `cd ${name}`,
    'exec perl ../kernel/scripts/checkpatch.pl --no-tree --strict --terse --no-summary -f lab3.c Kbuild Makefile',
  ];
  const { status, output } = await inSandbox(lab, context, root, work, ['sh', '-c', script.join('\n')]);
  const lines = output.split('\n').filter((line) => line !== '');
  const complaints = status === 0 || lines.length > 0 ? lines : [`checkpatch.pl ended with ${status}`];
  return complaints.map((line) => `${source}: ${line}`);
}

function toolRoot(lab, context, debs, label) {
  const keep = (path) => !/^usr\/share\/(doc|man|info|locale|lintian)\//.test(path);
  const unique = [...new Map(debs.map((deb) => [deb.sha256, deb])).values()];
  return lab.unpackTree(context, unique, {
    label,
    keep,
    links: { 'usr/bin/awk': 'mawk' },
    revision: 'check-module',
  });
}

async function inSandbox(lab, context, tree, work, words) {
  await mkdir(work, { recursive: true });
  const [program, ...args] = [
    ...(await lab.provideBubblewrap(context)),
    // 7.2's objtool asks /proc for the limit of its stack.
    ...['--proc', '/proc'],
    ...lab.sandboxArguments({ tree, work, env: environment }),
    ...words,
  ];
  const ended = spawnSync(program, args, { encoding: 'utf8', timeout: 600_000, maxBuffer: 2 ** 26 });
  if (ended.error) throw ended.error;
  const output = `${ended.stdout}${ended.stderr}`;
  await writeFile(join(work, 'output.txt'), output);
  return { status: ended.status, output };
}
