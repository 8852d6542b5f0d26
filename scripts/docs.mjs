// Writes docs/errors.md from the error catalogue. `--check` only says whether it is up to date.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const top = fileURLToPath(new URL('..', import.meta.url));
const { outputFiles } = await build({
  absWorkingDir: top,
  entryPoints: ['lab/errors/page.ts'],
  bundle: true,
  format: 'esm',
  platform: 'node',
  packages: 'external',
  write: false,
});
// Through a file: an error inside would show a data: address as the whole bundle.
const folder = await mkdtemp(join(tmpdir(), 'lab3-docs-'));
const bundle = join(folder, 'page.mjs');
await writeFile(bundle, outputFiles[0].contents);
const { errorsPage } = await import(pathToFileURL(bundle).href).finally(() =>
  rm(folder, { recursive: true, force: true }),
);
const page = errorsPage();
const file = `${top}docs/errors.md`;
const before = await readFile(file, 'utf8').catch(() => '');
if (before === page) console.log('docs/errors.md is up to date');
else if (process.argv.includes('--check')) {
  console.error('docs/errors.md is out of date: node scripts/docs.mjs');
  process.exitCode = 1;
} else {
  await writeFile(file, page);
  console.log('docs/errors.md written');
}
