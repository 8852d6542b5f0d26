/** What a `.ko` says of itself, read before the kernel is asked to load it. */
import { labError } from '../../lab/errors.ts';
import { ElfError, readElf, readStrings } from '../elf.ts';
import type { Kernel } from '../kernel/kernel.ts';

export interface ModuleInfo {
  /** Debian's name of the architecture it was compiled for. */
  readonly arch: string;
  /** The name the kernel will know it by. */
  readonly name: string;
  /** e.g. `6.12.117+deb13-cloud-amd64 SMP preempt mod_unload modversions`. */
  readonly vermagic: string;
  readonly license: string | undefined;
  readonly depends: readonly string[];
  /** Parameter → its MODULE_PARM_DESC, empty where there is none. */
  readonly parameters: ReadonlyMap<string, string>;
  /** As the compiler signed it in `.comment`, e.g. `GCC: (Debian 14.2.0-19) 14.2.0`. */
  readonly compiler: string;
}

/**
 * @param file what to call it in messages
 * @throws NotAModule
 */
export function readModuleInfo(ko: Uint8Array, file: string): ModuleInfo {
  try {
    const elf = readElf(ko);
    const section = elf.section('.modinfo');
    if (section === undefined) throw new ElfError('it has no section .modinfo');
    const entries = readStrings(section).map((entry) => {
      const at = entry.indexOf('=');
      return at < 0 ? { key: entry, value: '' } : { key: entry.slice(0, at), value: entry.slice(at + 1) };
    });
    const first = (key: string) => entries.find((entry) => entry.key === key)?.value;
    const vermagic = first('vermagic');
    if (vermagic === undefined) throw new ElfError('it names no kernel version (vermagic)');
    const parameters = new Map<string, string>();
    for (const { key, value } of entries) {
      const at = value.indexOf(':');
      if (at < 0) continue;
      const name = value.slice(0, at);
      if (key === 'parm') parameters.set(name, value.slice(at + 1));
      else if (key === 'parmtype' && !parameters.has(name)) parameters.set(name, '');
    }
    return {
      arch: elf.machine,
      name: first('name') ?? '',
      vermagic: vermagic.trim(),
      license: first('license'),
      depends: (first('depends') ?? '').split(',').filter((name) => name !== ''),
      parameters,
      compiler: readStrings(elf.section('.comment') ?? new Uint8Array())[0] ?? 'unknown',
    };
  } catch (error) {
    if (!(error instanceof ElfError)) throw error;
    throw labError('NotAModule', { file, reason: error.message }, { cause: error });
  }
}

/** Throws BuiltForAnotherKernel when this kernel would refuse the module: so no load is tried that must fail. */
export function checkFits(info: ModuleInfo, kernel: Pick<Kernel, 'release' | 'arch'>, file: string): void {
  const wanted = `Linux ${kernel.release} on ${kernel.arch}`;
  const release = info.vermagic.split(' ')[0] ?? '';
  if (info.arch === kernel.arch && release === kernel.release) return;
  throw labError('BuiltForAnotherKernel', { file, has: `Linux ${release} on ${info.arch}`, wanted });
}
