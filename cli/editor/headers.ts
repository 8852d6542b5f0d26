/** `compile_commands.json` beside a module's sources, and the headers that it names. */
import { resolve } from 'node:path';
import { LabError } from '../../lab/errors.ts';
import type { ModuleSource } from '../../provision/builder/builder.ts';
import type { Context } from '../../provision/context.ts';
import { compileCommands, fileName, writeCompileCommands } from '../../provision/editor/compile-commands.ts';
import { provideHeaders } from '../../provision/editor/headers.ts';
import type { Kernel } from '../../provision/kernel/kernel.ts';

/** True when it was written. What goes wrong is a warning: the module is built all the same. Throws `Interrupted`. */
export async function leaveForEditor(
  context: Context,
  source: ModuleSource,
  kernel: Kernel,
): Promise<boolean> {
  try {
    const headers = await provideHeaders(context, kernel);
    if (headers === undefined) return false;
    const folder = resolve(source.folder);
    if (await writeCompileCommands(folder, compileCommands(source, kernel, headers))) return true;
    context.emit({
      type: 'warning',
      text: `${fileName} in ${source.folder} is not of lab3 and stays; remove it to have one for ${kernel.release}.`,
    });
  } catch (error) {
    if (!(error instanceof LabError) || error.fault === 'interrupted') throw error;
    context.emit({ type: 'warning', text: `An editor is left without ${fileName}: ${error.message}` });
  }
  return false;
}
