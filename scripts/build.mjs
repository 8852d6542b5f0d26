// Bundles our own TypeScript into dist/. Libraries stay in node_modules; chunks are split so that
// `lab3 --help` reads a few kilobytes and each command loads its libraries when it runs.
import { chmod, mkdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const top = fileURLToPath(new URL('..', import.meta.url));
const dist = `${top}dist`;
await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
await build({
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
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  sourcemap: 'linked',
  logLevel: 'warning',
});
await chmod(`${dist}/main.js`, 0o755);
