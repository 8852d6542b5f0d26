// Writes the pages that are made from code: docs/errors.md from the error catalogue, man/lab3.1 from the table of
// commands. `--check` only says whether they are up to date.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const top = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(await readFile(`${top}package.json`, 'utf8'));
// Through files: an error inside would show a data: address as the whole bundle.
const folder = await mkdtemp(join(tmpdir(), 'lab3-docs-'));
try {
  await build({
    absWorkingDir: top,
    entryPoints: { errors: 'lab/errors/page.ts', man: 'cli/man.ts' },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // What commands load when they run stays in chunks that nobody loads here.
    splitting: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
  });
  const load = (name) => import(pathToFileURL(join(folder, `${name}.mjs`)).href);
  const { errorsPage } = await load('errors');
  const { manPage } = await load('man');
  await keep('docs/errors.md', errorsPage());
  await keep('man/lab3.1', manPage(version));
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function keep(name, page) {
  const file = join(top, name);
  const before = await readFile(file, 'utf8').catch(() => '');
  if (before === page) console.log(`${name} is up to date`);
  else if (process.argv.includes('--check')) {
    console.error(`${name} is out of date: node scripts/docs.mjs`);
    process.exitCode = 1;
  } else {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, page);
    console.log(`${name} written`);
  }
}
