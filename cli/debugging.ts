/** `lab3 shell --gdb`: what a person types in the other terminal. */
import type { Architecture } from '../lab/names.ts';
import type { Context } from '../provision/context.ts';
import type { Debugger } from '../provision/debug/debugger.ts';
import { findProgram } from '../provision/host/programs.ts';
import { usualFolders } from '../provision/host/qemu.ts';
import { shellWord } from '../provision/shell-word.ts';
import type { Ui } from './ui/ui.ts';

interface Instructions {
  readonly opened: Debugger;
  readonly module: string;
  /** Of the machine. */
  readonly arch: Architecture;
}

/** Says how to start gdb, and what it will not know. */
export async function tellDebugger(
  context: Pick<Context, 'platform' | 'hostArch' | 'env'>,
  ui: Ui,
  { opened, module, arch }: Instructions,
): Promise<void> {
  const { bold, dim, yellow, glyphs, say } = ui.style;
  const { name, found } = await gdbFor(context, arch);
  const program = found ?? name;
  const command = [program, '-x', opened.script].map((word) => quoted(word, context.platform)).join(' ');
  const lines = [
    'The machine stands still until gdb lets it go on. In another terminal:',
    `  ${bold(command)}`,
    ...(ui.terminal.interactive && !ui.options.json
      ? ['Then here:', `  ${bold(`insmod ${module}.ko`)}`]
      : []),
    dim(say('gdb stops in the function of the module’s threads, before the first of them has run.')),
    dim('Of the kernel it knows names, but no lines and no types: Debian has those in a package of its own.'),
  ];
  if (found === undefined)
    lines.push(
      `${yellow(glyphs.warning)} ${name} is not on the PATH: ${installs[context.platform] ?? `sudo apt-get install ${name}`}`,
    );
  ui.tell(lines.join('\n'));
}

const installs: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'brew install gdb',
  win32: 'install MSYS2, then in its shell: pacman -S mingw-w64-ucrt-x86_64-gdb-multiarch',
};

/** As `name` where that is on the PATH, else the file that installers leave elsewhere. */
async function gdbFor(
  context: Pick<Context, 'platform' | 'hostArch' | 'env'>,
  arch: Architecture,
): Promise<{ name: string; found: string | undefined }> {
  const { platform, hostArch } = context;
  // Homebrew's gdb knows every architecture; a gdb of Windows knows no Linux but for the one that knows them all.
  const many = platform === 'win32' || (platform !== 'darwin' && arch !== hostArch);
  const name = many ? 'gdb-multiarch' : 'gdb';
  if ((await findProgram(context, name)) !== undefined) return { name, found: name };
  // MSYS2 leaves its folders out of the PATH.
  return { name, found: await findProgram(context, name, usualFolders(context)) };
}

/** A word that can be copied into any shell of that platform: to those of MSYS2 a backslash is none of the path. */
export function quoted(word: string, platform: NodeJS.Platform): string {
  const plain = platform === 'win32' ? word.replaceAll('\\', '/') : word;
  if (/^[\w@%+=:,./-]+$/.test(plain)) return plain;
  return platform === 'win32' ? `"${plain}"` : shellWord(plain);
}
