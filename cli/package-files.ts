/** Files of this package. Both cli/ and dist/ stand directly below its folder. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export function packageFile(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}

export function version(): string {
  return (JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { version: string }).version;
}
