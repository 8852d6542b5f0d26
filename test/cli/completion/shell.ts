/** Shells asked for completions, as a person's Tab asks them. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { completionScript } from '../../../cli/completion/script.ts';
import { requirePart } from '../../require.ts';

type Shell = Parameters<typeof completionScript>[0];

export const folder = mkdtempSync(join(tmpdir(), 'lab3 completion '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

export function hasShell(shell: Shell): boolean {
  if (process.platform === 'win32') return false;
  const { status } = spawnSync(shell, ['-c', 'exit 0']);
  return requirePart(shell, status === 0, `no ${shell} is on the PATH`);
}

/** Runs `program` of that shell, with the path of the script and `words` as its arguments. */
export function ask(
  shell: Shell,
  flags: readonly string[],
  program: string,
  words: readonly string[],
): string {
  const script = join(folder, `script.${shell}`);
  writeFileSync(script, completionScript(shell));
  const asking = join(folder, `ask.${shell}`);
  writeFileSync(asking, program);
  const { stdout, stderr, error } = spawnSync(shell, [...flags, asking, script, ...words], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: folder, TERM: 'xterm', LANG: 'C' },
    timeout: 50_000,
  });
  if (error !== undefined) throw error;
  if (stderr !== '') throw new Error(stderr);
  return stdout;
}
