import { access, readFile } from 'node:fs/promises';

/** From the sources and from the bundle in dist/ the scripts lie in different places. */
const folders = ['./', '../provision/guest/init/'];

/** Name in this folder → path in the initramfs. */
const places = {
  'init.sh': 'init',
  'agent.sh': 'lib/lab3/agent.sh',
  'shell.sh': 'lib/lab3/shell.sh',
};

export interface InitScript {
  /** In the initramfs, without a leading `/`. */
  readonly path: string;
  readonly content: Uint8Array;
}

/** What runs inside the guest: POSIX shell, kept as files so that shellcheck can read it. */
export async function readInitScripts(): Promise<InitScript[]> {
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
