/** `lab3 shell --gdb`: what a person types in the other terminal. */
import type { Architecture } from '../lab/names.ts';
import type { Context } from '../provision/context.ts';
import type { Debugger } from '../provision/debug/debugger.ts';
import { findProgram } from '../provision/host/programs.ts';
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
  const program = gdbFor(context, arch);
  const command = [program, '-x', quoted(opened.script, context.platform)].join(' ');
  const lines = [
    'The machine stands still until gdb lets it go on. In another terminal:',
    `  ${bold(command)}`,
    ...(ui.terminal.interactive && !ui.options.json
      ? ['Then here:', `  ${bold(`insmod ${module}.ko`)}`]
      : []),
    dim(say('gdb stops in the function of the module’s threads, before the first of them has run.')),
    dim('Of the kernel it knows names, but no lines and no types: Debian has those in a package of its own.'),
  ];
  if ((await findProgram(context, program)) === undefined)
    lines.push(
      `${yellow(glyphs.warning)} ${program} is not on the PATH: ${installs[context.platform] ?? `sudo apt-get install ${program}`}`,
    );
  ui.tell(lines.join('\n'));
}

const installs: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'brew install gdb',
  win32: 'install MSYS2, then in its shell: pacman -S mingw-w64-ucrt-x86_64-gdb-multiarch',
};

/** Homebrew's gdb knows every architecture; a gdb of Windows knows no Linux but for the one that knows them all. */
function gdbFor({ platform, hostArch }: Pick<Context, 'platform' | 'hostArch'>, arch: Architecture): string {
  if (platform === 'win32') return 'gdb-multiarch';
  return platform === 'darwin' || arch === hostArch ? 'gdb' : 'gdb-multiarch';
}

/** A word that can be copied into a shell of that platform. */
function quoted(word: string, platform: NodeJS.Platform): string {
  if (/^[\w@%+=:,./\\-]+$/.test(word) && (platform === 'win32' || !word.includes('\\'))) return word;
  return platform === 'win32' ? `"${word}"` : shellWord(word);
}
