import { access, readFile } from 'node:fs/promises';

/** From the sources and from the bundle in dist/ the scripts lie in different places. */
const folders = ['./', '../provision/guest/init/'];

/** Name in this folder → path in the initramfs. */
const initPlaces = {
  'init.sh': 'init',
  'agent.sh': 'lib/lab3/agent.sh',
  'shell.sh': 'lib/lab3/shell.sh',
  'trace.sh': 'lib/lab3/trace.sh',
};
/** Name in this folder → path below the folder that a machine of Vagrant has for them. */
const boxPlaces = { 'agent.sh': 'agent.sh', 'box.sh': 'box.sh', 'trace.sh': 'trace.sh' };

export interface InitScript {
  /** Without a leading `/`. */
  readonly path: string;
  readonly content: Uint8Array;
}

/** What runs inside the guest: POSIX shell, kept as files so that shellcheck can read it. */
export function readInitScripts(): Promise<InitScript[]> {
  return readScripts(initPlaces);
}

/** The same for a machine that comes with a system of its own. */
export function readBoxScripts(): Promise<InitScript[]> {
  return readScripts(boxPlaces);
}

async function readScripts(places: Readonly<Record<string, string>>): Promise<InitScript[]> {
  for (const folder of folders) {
    const url = (name: string) => new URL(`${folder}${name}`, import.meta.url);
    const found = await access(url('init.sh')).then(
      () => true,
      () => false,
    );
    if (!found) continue;
    const entries = Object.entries(places);
    return Promise.all(entries.map(async ([name, path]) => ({ path, content: await readFile(url(name)) })));
  }
  throw new Error('the installation is damaged: init.sh is not in it');
}
