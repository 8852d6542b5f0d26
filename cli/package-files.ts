/** Files of this package. Both cli/ and dist/ stand directly below its folder. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export function packageFile(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}

export function version(): string {
  return manifest().version;
}

/** As a registry knows it. */
export function packageName(): string {
  return manifest().name;
}

function manifest(): { name: string; version: string } {
  return JSON.parse(readFileSync(packageFile('package.json'), 'utf8'));
}
