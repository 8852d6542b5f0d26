// Bundles bench/ beside the tool and runs it: `npm run bench`, `npm run bench -- --json`.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const top = fileURLToPath(new URL('..', import.meta.url));
const outfile = `${top}build/bench.mjs`;
await build({
  absWorkingDir: top,
  entryPoints: ['bench/main.ts'],
  outfile,
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  logLevel: 'warning',
});
await import(outfile);
