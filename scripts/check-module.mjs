// Builds module/ at W=1 for the kernel of each suite and runs the kernel's own checkpatch.pl --strict on it, all of it
// from verified packages. Headers of further kernels are given as folders, for any architecture:
//   node scripts/check-module.mjs
//   ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- node scripts/check-module.mjs /usr/src/linux-headers-…-arm64
// Needs tar, xz and perl; folders of headers need make and gcc. Ends with 1 when anything is said against the module.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const top = fileURLToPath(new URL('..', import.meta.url));
const moduleFolder = join(top, 'module');
/** Its scripts/checkpatch.pl is the judge; 150 MB, downloaded once. */
const kernelSource = 'linux-source-6.12';

const work = await mkdtemp(join(tmpdir(), 'lab3-check-'));
try {
  const lab = await loadLab();
  const { signal } = new AbortController();
  const emit = (event) => {
    if (event.type === 'step.start') console.log(event.title);
  };
  const { platform, arch, env } = process;
  const context = await lab.makeContext({ platform, arch, env, cwd: process.cwd(), emit, signal });

  const said = [];
  for (const suite of lab.suites) said.push(...(await warnings(lab, context, suite)));
  for (const headers of process.argv.slice(2)) said.push(...(await makeWarnings(headers)));
  said.push(...style(await provideCheckpatch(lab, context)));
  for (const text of said) console.error(text);
  console.log(said.length === 0 ? 'nothing to say against the module' : `${said.length} complaint(s)`);
  process.exitCode = said.length === 0 ? 0 : 1;
} finally {
  await rm(work, { recursive: true, force: true });
}

/** The parts of the tool that this needs, bundled; the worker must lie beside them. */
async function loadLab() {
  const parts = {
    'cli/context': 'makeContext',
    'lab/names': 'suites',
    'provision/builder/build': 'buildModule',
    'provision/builder/source': 'readModuleSource',
    'provision/kernel/provide': 'provideKernel',
    'provision/packages/deb': 'readDeb',
    'provision/packages/provide': 'providePackages',
  };
  const contents = Object.entries(parts).map(([file, name]) => `export { ${name} } from './${file}.ts';`);
  const outdir = join(top, 'build', 'check-module');
  const options = { bundle: true, packages: 'external', format: 'esm', platform: 'node', outdir };
  await build({ ...options, absWorkingDir: top, entryPoints: ['provision/packages/decompress-worker.ts'] });
  await build({
    ...options,
    stdin: { contents: contents.join('\n'), resolveDir: top, sourcefile: 'lab.js' },
  });
  return import(pathToFileURL(join(outdir, 'stdin.js')).href);
}

/** What the compiler says at W=1, with the builder of this computer. */
async function warnings(lab, context, suite) {
  const kernel = await lab.provideKernel(context, { suite, arch: context.hostArch });
  const source = await lab.readModuleSource(moduleFolder);
  // A builder calls make as it always does, so the Kbuild asks for the warnings of W=1; kernel-doc, which W=1 runs
  // too, is no part of the toolchain, and the module has no such comments.
  const kbuild = [
    'KBUILD_EXTRA_WARN := 1',
    'KBUILD_CFLAGS := $(KBUILD_CFLAGS)',
    'include $(srctree)/scripts/Makefile.extrawarn',
    'KBUILD_EXTRA_WARN :=',
    `obj-m := ${source.name}.o`,
    '',
  ].join('\n');
  // Of its own, or the build would be remembered as that of the module.
  const sha256 = createHash('sha256').update(source.sha256).update(kbuild).digest('hex');
  const files = new Map([...source.files, ['Kbuild', Buffer.from(kbuild)]]);
  const { record } = await lab.buildModule(context, 'auto', { ...source, files, sha256 }, kernel);
  return record.warnings.map(
    ({ file, line, message, flag = '' }) => `${kernel.release}: ${file}:${line}: ${message} ${flag}`,
  );
}

async function makeWarnings(headers) {
  console.log(`make W=1 with ${headers}`);
  const folder = join(work, 'module');
  await rm(folder, { recursive: true, force: true });
  await cp(moduleFolder, folder, { recursive: true });
  const { status, stdout, stderr } = spawnSync('make', ['-C', headers, `M=${folder}`, 'W=1', 'modules'], {
    encoding: 'utf8',
  });
  const lines = `${stdout}${stderr}`.split('\n');
  const complaints = lines.filter((line) => /warning|error/i.test(line));
  return status === 0 ? complaints : [`make ended with ${status} for ${headers}`, ...complaints];
}

async function provideCheckpatch(lab, context) {
  const request = { suite: 'trixie', arch: context.hostArch, exclude: ['binutils', 'xz-utils'] };
  const debs = await lab.providePackages(context, {
    ...request,
    names: [kernelSource],
    label: 'checkpatch.pl',
  });
  const { path } = debs.find(({ name }) => name === kernelSource);
  const archive = join(work, 'source.tar.xz');
  for await (const entry of lab.readDeb(path)) {
    if (entry.path !== `usr/src/${kernelSource}.tar.xz`) continue;
    await pipeline(entry.chunks(), createWriteStream(archive));
    break;
  }
  const wanted = ['checkpatch.pl', 'spelling.txt', 'const_structs.checkpatch'].map(
    (name) => `*/scripts/${name}`,
  );
  await mkdir(join(work, 'kernel'));
  const options = [
    '-xJf',
    archive,
    '-C',
    join(work, 'kernel'),
    '--strip-components=1',
    '--wildcards',
    ...wanted,
  ];
  const { status, stderr } = spawnSync('tar', options, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`tar ended with ${status}: ${stderr}`);
  return join(work, 'kernel', 'scripts', 'checkpatch.pl');
}

function style(checkpatch) {
  console.log('checkpatch.pl --strict');
  const names = ['lab3.c', 'Kbuild', 'Makefile'];
  const { status, stdout } = spawnSync(
    'perl',
    [checkpatch, '--no-tree', '--strict', '--terse', '--no-summary', '-f', ...names],
    { cwd: moduleFolder, encoding: 'utf8' },
  );
  const lines = stdout.split('\n').filter((line) => line !== '');
  return status === 0 || lines.length > 0 ? lines : [`checkpatch.pl ended with ${status}`];
}
