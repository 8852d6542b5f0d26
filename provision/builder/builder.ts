import type { BuilderName } from '../../lab/names.ts';
import type { BuildRecord } from '../../lab/result.ts';
import type { Kernel } from '../kernel/kernel.ts';

/** Files of a module as read from the student's folder: paths relative, `/` between the parts, CRLF already LF. */
export interface ModuleSource {
  /** Folder as the student gave it, for messages. */
  readonly folder: string;
  /** Name of the module, from `obj-m`; `lab3` gives `lab3.ko`. */
  readonly name: string;
  /** Content of every `.c`, `.h` and Kbuild file that goes in, including the Kbuild we made. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Path in `files` → path as the student knows it, where a file had to be renamed for kbuild. */
  readonly originals: ReadonlyMap<string, string>;
  /** What was read differently from how it stands in the folder, in words. */
  readonly notes: readonly string[];
  /** Over names and contents of `files`. */
  readonly sha256: string;
}

export interface BuiltModule {
  readonly name: string;
  readonly ko: Uint8Array;
  readonly record: BuildRecord;
}

export interface BuilderOptions {
  /** Where packages come from; by default as `provision/packages` chooses. */
  readonly mirror?: string | undefined;
  /** Wall clock for one compilation. */
  readonly timeLimitMs?: number | undefined;
  /** What a compilation may take of the memory. */
  readonly memoryLimitBytes?: number | undefined;
}

/** Source folder in, `.ko` and build record out. */
export interface Builder {
  readonly name: BuilderName;
  /** Whether it can work here, and the reason in words either way. Never throws, always answers within seconds. */
  available(): Promise<{ ok: boolean; reason: string }>;
  /**
   * Throws `ModuleDoesNotCompile` (the module's fault, with the compiler's own lines) or an error of the
   * computer's. Leaves no process, container or temporary file.
   */
  build(source: ModuleSource, kernel: Kernel): Promise<BuiltModule>;
}
