/** A machine for gdb: its stub, the kernel's symbols, the module's, and the script that puts them together. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { labError } from '../../lab/errors.ts';
import { step } from '../../lab/events.ts';
import type { BuiltModule, ModuleSource } from '../builder/builder.ts';
import { buildFolder } from '../builder/diagnostics.ts';
import { fileSystemError } from '../cache.ts';
import type { Context } from '../context.ts';
import { knownHeaders } from '../editor/headers.ts';
import { ElfError } from '../elf.ts';
import type { Guest } from '../guest/guest.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { makeWorkFolder, removeFolder } from '../work-folder.ts';
import { addressOf, readKernelSymbols, symbolFile } from './kernel-symbols.ts';
import { type ModulePlaces, readPlaces, withoutAddresses } from './module-places.ts';
import { gdbScript } from './script.ts';

/**
 * A kernel that lies at every start where it was linked to lie, and a processor that QEMU emulates: on it gdb can watch
 * as many places as it likes, on every computer.
 */
export const debuggable = { cmdline: ['nokaslr'], accelerator: 'tcg' } as const;

export interface Debugger {
  /** Path of the script. */
  readonly script: string;
  /** On 127.0.0.1. */
  readonly port: number;
  /** Removes the files. Never throws. */
  remove(): Promise<void>;
}

interface DebuggedModule {
  readonly source: ModuleSource;
  readonly module: BuiltModule;
  readonly kernel: Kernel;
}

const mostSymbolBytes = 64 * 2 ** 20;

/** The machine stands still when this is done, until gdb tells it to go on. Throws `DebuggerUnavailable`. */
export async function openDebugger(
  context: Context,
  guest: Guest,
  { source, module, kernel }: DebuggedModule,
): Promise<Debugger> {
  return step(context.emit, 'Opening the machine for gdb', async (shown) => {
    const places = placesOf(module);
    const raw = await guest.receive('/proc/kallsyms', { limitBytes: mostSymbolBytes });
    const symbols = readKernelSymbols(Buffer.from(raw).toString('latin1'));
    const addresses = {
      doInitModule: addressOf(symbols, 'do_init_module'),
      createThread: addressOf(symbols, 'kthread_create_on_node'),
    };
    const folder = await makeWorkFolder(context, 'gdb');
    const remove = () => removeFolder(folder).catch(() => undefined);
    const file = (name: string) => path.join(folder, name);
    try {
      const { arch } = guest.info;
      const port = await guest.openGdbStub();
      await writeFile(file('kernel.elf'), symbolFile(arch, symbols));
      await writeFile(file(`${module.name}.ko`), withoutAddresses(module.ko));
      const script = gdbScript({
        ...{ arch, port, module: module.name, places, ...addresses },
        kernelSymbols: slashes(file('kernel.elf')),
        ko: slashes(file(`${module.name}.ko`)),
        sources: [...sourcePlaces(source), ...headerPlaces(kernel, await knownHeaders(context, kernel))],
      });
      await writeFile(file('lab3.gdb'), script);
      shown.summary(`127.0.0.1:${port}, ${symbols.length} symbols of the kernel`);
      return { script: file('lab3.gdb'), port, remove };
    } catch (error) {
      await remove();
      throw fileSystemError(error, folder);
    }
  });
}

function placesOf(module: BuiltModule): ModulePlaces {
  const refuse = (reason: string) => labError('DebuggerUnavailable', { reason });
  try {
    const places = readPlaces(module.ko, module.name);
    if (!places.debugInfo) throw refuse(`${module.name}.ko was built without debug information (-g0)`);
    if (places.sections.length === 0 || places.nameOffset < 0)
      throw refuse(`${module.name}.ko has no symbols of its own`);
    return places;
  } catch (error) {
    if (error instanceof ElfError) throw refuse(`${module.name}.ko cannot be read: ${error.message}`);
    throw error;
  }
}

/** gdb takes the first that fits: files that had to be renamed come before their folder. */
function sourcePlaces(source: ModuleSource): [built: string, here: string][] {
  const built = buildFolder(source.name);
  const here = path.resolve(source.folder);
  const renamed = [...source.originals].map(([name, original]): [string, string] => [
    `${built}/${name}`,
    slashes(path.join(here, original)),
  ]);
  return [...renamed, [built, slashes(here)]];
}

/** The kernel's headers, where an editor has been given them. */
function headerPlaces({ packages }: Kernel, headers: string | undefined): [string, string][] {
  if (headers === undefined) return [];
  const names = packages.map(({ name }) => name).filter((name) => name.startsWith('linux-headers-'));
  return names.map((name) => [`/usr/src/${name}`, slashes(headers)]);
}

/** gdb takes `/` on Windows too, where `\` would begin an escape. */
const slashes = (file: string) => file.split(path.sep).join('/');
