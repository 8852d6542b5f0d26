/** The Debian archives that this computer's own apt uses: sources.list(5), both formats. */
import { readdir, readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { parseParagraphs } from './control.ts';

export interface AptSource {
  /** Address of the archive, without a slash at its end. */
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
}

/** `.sources` files: paragraphs with `Types`, `URIs`, `Suites`, `Components`. */
export function parseDeb822Sources(text: string): AptSource[] {
  return parseParagraphs(text).flatMap((fields) => {
    const words = (name: string) => (fields.get(name) ?? '').split(/\s+/).filter((word) => word !== '');
    const enabled = !/^(no|false|0|off|disable)$/i.test(fields.get('enabled') ?? 'yes');
    if (!enabled || !words('types').includes('deb')) return [];
    return words('uris').map((uri) => ({
      uri: withoutSlash(uri),
      suites: words('suites'),
      components: words('components'),
    }));
  });
}

/** `.list` files: `deb [options] uri suite component…`. */
export function parseListSources(text: string): AptSource[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s*(.*)$/.exec(line.replace(/#.*/, ''));
    if (!match) return [];
    const [, uri = '', suite = '', components = ''] = match;
    const words = components.split(/\s+/).filter((word) => word !== '');
    return [{ uri: withoutSlash(uri), suites: [suite], components: words }];
  });
}

/** Reads /etc/apt below `root`. What cannot be read counts as absent. */
export async function readAptSources(root = '/'): Promise<AptSource[]> {
  const apt = posix.join(root, 'etc/apt');
  const parts = (await readdir(`${apt}/sources.list.d`).catch(() => [])).sort();
  const sources = parseListSources(await textOf(`${apt}/sources.list`));
  for (const name of parts) {
    const text = await textOf(`${apt}/sources.list.d/${name}`);
    if (name.endsWith('.sources')) sources.push(...parseDeb822Sources(text));
    else if (name.endsWith('.list')) sources.push(...parseListSources(text));
  }
  return sources;
}

/** Whether this computer's apt was told to take indexes past their `Valid-Until`: apt.conf(5). */
export async function aptIgnoresValidUntil(root = '/'): Promise<boolean> {
  const apt = posix.join(root, 'etc/apt');
  const parts = (await readdir(`${apt}/apt.conf.d`).catch(() => [])).sort();
  let ignores = false;
  for (const path of [...parts.map((name) => `${apt}/apt.conf.d/${name}`), `${apt}/apt.conf`]) {
    const text = (await textOf(path)).replace(/^\s*(#|\/\/).*$/gm, '');
    for (const [, value = ''] of text.matchAll(/Acquire::Check-Valid-Until\s+"?(\w+)"?\s*;/gi)) {
      ignores = /^(false|no|0|off)$/i.test(value);
    }
  }
  return ignores;
}

async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

function withoutSlash(uri: string): string {
  return uri.replace(/\/+$/, '');
}
