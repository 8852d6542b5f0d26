import type { Context } from '../../provision/context.ts';
import type { Kernel } from '../../provision/kernel/kernel.ts';
import { extractFiles } from '../../provision/packages/deb.ts';
import { providePackages } from '../../provision/packages/provide.ts';

/** The static busybox that lab3's own machine has too. */
export async function readBusybox(context: Context, kernel: Kernel): Promise<Uint8Array> {
  const debs = await providePackages(context, {
    suite: kernel.suite,
    arch: kernel.arch,
    names: ['busybox-static'],
    exclude: ['libc6'],
    label: 'guest',
  });
  const deb = debs.find(({ name }) => name === 'busybox-static');
  const files = await extractFiles(deb?.path ?? '', (path) => path.endsWith('bin/busybox'));
  const [busybox] = files.values();
  if (!busybox) throw new Error('no busybox in busybox-static');
  return busybox.content;
}
