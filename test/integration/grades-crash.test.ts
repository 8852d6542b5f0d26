/** Marks on the disk after kill -9 at random moments of writing. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseGrades } from '../../grade/out/results.ts';
import { writeGrades } from '../../grade/out/write.ts';
import { sampleGrades } from '../grade/out/sample.ts';

const top = fileURLToPath(new URL('../../', import.meta.url));
const program = join(top, 'build', `grades-writer-${process.pid}.mjs`);
const kills = 12;
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab3-grades-crash-'));
  await build({
    absWorkingDir: top,
    entryPoints: ['test/integration/grades-writer.ts'],
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    outfile: program,
  });
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await rm(program, { force: true });
});

async function filesBelow(path = ''): Promise<Map<string, string>> {
  const entries = await readdir(join(folder, path), { withFileTypes: true });
  const found = await Promise.all(
    entries
      .filter(({ name }) => !name.startsWith('.'))
      .map(async (entry) => {
        const inner = path === '' ? entry.name : join(path, entry.name);
        return entry.isDirectory()
          ? [...(await filesBelow(inner))]
          : [[inner, await readFile(join(folder, inner), 'utf8')] as const];
      }),
  );
  return new Map(found.flat());
}

it(`are whole after each of ${kills} kills, and new to the last file where results.json is new`, async () => {
  const grades = sampleGrades(40);
  await writeGrades(folder, { ...grades, tool: 'TOOL-0.' }, { phase: 'after_published', gradescope: true });
  const names = [...(await filesBelow()).keys()].sort();
  let number = 0;
  for (let kill = 0; kill < kills; kill += 1) {
    const child = spawn(process.execPath, [program, folder, String(number + 2)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    await new Promise((resolve) => setTimeout(resolve, 40 + Math.random() * 600));
    child.kill('SIGKILL');
    await once(child, 'close');
    const files = await filesBelow();
    expect([...files.keys()].sort()).toEqual(names);
    for (const [name, text] of files)
      if (/\.(?:json|html|md)$/.test(name)) expect(text.trimEnd(), name).toMatch(/[>}.|]$/);
    const results = parseGrades(JSON.parse(files.get('results.json') ?? ''), 'results.json');
    const numberOf = (text: string) => Number(/TOOL-(\d+)\./.exec(text)?.[1]);
    // Where the kill fell between two renames, others may be newer than results.json; never older.
    const least = numberOf(results.tool);
    for (const [name, text] of files)
      if (name.endsWith('.html')) expect(numberOf(text), name).toBeGreaterThanOrEqual(least);
    number = Math.max(number, ...[...files.values()].map(numberOf).filter((each) => !Number.isNaN(each)));
  }
  await writeGrades(folder, { ...grades, tool: 'TOOL-LAST' }, { phase: 'after_published', gradescope: true });
  const after = await filesBelow();
  expect([...after.keys()].sort()).toEqual(names);
  for (const [name, text] of after)
    if (/html$|^results/.test(name)) expect(text, name).toContain('TOOL-LAST');
  expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([]);
});
