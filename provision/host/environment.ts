/** Variables, paths and programs of a computer, by the rules of its platform. */
import path from 'node:path';
import type { Context } from '../context.ts';

type Env = Context['env'];

/** How paths of this platform are put together and told apart. */
export const pathRules = (platform: NodeJS.Platform): path.PlatformPath =>
  platform === 'win32' ? path.win32 : path.posix;

/** A variable; Windows does not care how its name is written, and a copy of the environment keeps one way of many. */
export function variable(platform: NodeJS.Platform, env: Env, name: string): string | undefined {
  if (platform !== 'win32' || env[name] !== undefined) return env[name];
  const wanted = name.toUpperCase();
  return Object.entries(env).find(([key]) => key.toUpperCase() === wanted)?.[1];
}

/** Windows PowerShell by its path: a bare name would be looked for in the current folder first, a student's perhaps. */
export function powershell(env: Env): string {
  return inSystem32(env, 'WindowsPowerShell', 'v1.0', 'powershell.exe');
}

/** A file of Windows' own; the PATH may lead to anybody's. */
export function inSystem32(env: Env, ...parts: readonly string[]): string {
  return path.win32.join(variable('win32', env, 'SystemRoot') ?? 'C:\\Windows', 'System32', ...parts);
}
