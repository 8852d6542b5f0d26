import { access, readFile } from 'node:fs/promises';

/** From the sources and from the bundle in dist/ the scripts lie in different places. */
const folders = ['./', '../provision/guest/init/'];

/** The guest's init and agent, as they go into the initramfs. */
export async function readInitScripts(): Promise<{ init: Buffer; agent: Buffer }> {
  for (const folder of folders) {
    const at = (name: string) => new URL(`${folder}${name}`, import.meta.url);
    const found = await access(at('agent.sh')).then(
      () => true,
      () => false,
    );
    if (!found) continue;
    const [init, agent] = await Promise.all([readFile(at('init.sh')), readFile(at('agent.sh'))]);
    return { init, agent };
  }
  throw new Error('the installation is damaged: init.sh and agent.sh are not in it');
}
