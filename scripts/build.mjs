// Bundles our TypeScript and the libraries it uses into dist/, so that the package installs without any other. Chunks
// are split: `lab3 --help` reads a few kilobytes, and each command loads its libraries when it runs.
import { chmod, copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const top = fileURLToPath(new URL('..', import.meta.url));
const dist = `${top}dist`;
const { resolve } = createRequire(import.meta.url);

/** Read as files, from beside the chunks. */
const assets = [
  '@resvg/resvg-wasm/index_bg.wasm',
  ...['latin', 'cyrillic'].flatMap((alphabet) =>
    [400, 700].map((weight) => `@fontsource/pt-sans/files/pt-sans-${alphabet}-${weight}-normal.woff`),
  ),
];

/**
 * What libraries load for features that nothing here uses: ssh to a Docker engine, BuildKit's sessions, an editor
 * started by a prompt. A megabyte, of which some wants a compiler.
 */
const unused = ['ssh2', '@grpc/grpc-js', '@grpc/proto-loader', 'protobufjs', 'chardet', 'iconv-lite'];

const leaveOut = {
  name: 'leave-out',
  setup({ onResolve, onLoad }) {
    const filter = new RegExp(`^(${unused.join('|')})$`);
    onResolve({ filter }, ({ path }) => ({ path, namespace: 'unused' }));
    onLoad({ filter: /^/, namespace: 'unused' }, () => ({ contents: 'module.exports = {};' }));
  },
};

// Windows: a scanner, OneDrive or a lab3 that runs has a file open.
await rm(dist, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
await mkdir(dist, { recursive: true });
const { metafile } = await build({
  absWorkingDir: top,
  // A worker is a program of its own and is started by its file's name.
  entryPoints: {
    main: 'cli/main.ts',
    'decompress-worker': 'provision/packages/decompress-worker.ts',
    'raster-worker': 'report/figures/raster-worker.ts',
  },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  // Names of files become part of the code: those below this folder, wherever node_modules really is.
  preserveSymlinks: true,
  plugins: [leaveOut],
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // Libraries that are CommonJS ask for Node's own modules by `require`, which ES modules do not have.
  banner: {
    js: "import{createRequire as requireOf$}from'node:module';const require=requireOf$(import.meta.url);",
  },
  // Names stay as they are: a bug's stack is to be read by people.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  sourcemap: 'linked',
  metafile: true,
  logLevel: 'warning',
});
await chmod(`${dist}/main.js`, 0o755);
for (const asset of assets) await copyFile(resolve(asset), join(dist, basename(asset)));
await writeFile(`${dist}/licenses.txt`, await licenses());

/** Every library's licence asks to go wherever its code goes. */
async function licenses() {
  const bundled = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.keys(inputs).filter((file) => inputs[file].bytesInOutput > 0),
  );
  const folders = [...bundled.map((file) => join(top, file)), ...assets.map((asset) => resolve(asset))]
    .map((file) => /^.*node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(file)?.[0])
    .filter((folder) => folder !== undefined);
  const texts = await Promise.all([...new Set(folders)].map(licenseOf));
  return [...new Set(texts)].sort().join(`\n${'-'.repeat(78)}\n\n`);
}

async function licenseOf(folder) {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const file = (await readdir(folder)).find((entry) => /^(un)?licen[cs]e/i.test(entry));
  const text = file === undefined ? '' : `\n${(await readFile(join(folder, file), 'utf8')).trim()}\n`;
  return `${name} ${version}: ${license}\n${text}`;
}
