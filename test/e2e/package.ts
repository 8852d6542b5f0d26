/** The package as a person gets it: packed once from the built tool, installed by npm without a network. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { environment } from './tool.ts';

const top = fileURLToPath(new URL('../..', import.meta.url));

export interface Packed {
  /** Path of the one file. */
  readonly file: string;
  readonly size: number;
  /** With `/`, sorted. */
  readonly names: readonly string[];
}

/** Packs the package in `from`; scripts are left out because dist/ is there already. */
export async function pack(into: string, from = top): Promise<Packed> {
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', into];
  const { stdout } = await npm(args, from, into);
  const [{ filename, size, files }] = JSON.parse(stdout);
  const names = (files as { path: string }[]).map(({ path }) => path).sort();
  return { file: join(into, filename), size, names };
}

/** npm with no cache, settings or registry of anybody. */
export const npm = (args: readonly string[], cwd: string, scratch: string) =>
  execa('npm', args, { cwd, extendEnv: false, env: npmEnvironment(scratch), timeout: 120_000 });

/** The command as a person types it: `npx lab3 …`. */
export const npx = (args: readonly string[], cwd: string, scratch: string) =>
  execa('npx', ['--no-install', 'lab3', ...args], {
    cwd,
    extendEnv: false,
    env: npmEnvironment(scratch),
    reject: false,
    timeout: 280_000,
  });

function npmEnvironment(scratch: string): NodeJS.ProcessEnv {
  return environment({
    npm_config_cache: join(scratch, 'npm'),
    npm_config_userconfig: join(scratch, 'npmrc'),
    npm_config_update_notifier: 'false',
    npm_config_offline: 'true',
  });
}

export async function textsOf(folder: string, ending: string): Promise<Map<string, string>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(ending));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return new Map(names.map((name, at) => [name, texts[at] ?? '']));
}
