import type { Exception } from './slips.ts';

const insideGuest = 'a path inside the guest';
const linuxAlone = 'the sandbox runs on Linux alone, and says so elsewhere';
const asksThisComputer = 'asks the kernel of Linux, and takes no file for no answer';
const slashesAlways = 'paths of packages, makefiles, guests or submissions have `/` everywhere';

/** Where a slip is none. Every line has its reason, and a test fails for one that nothing needs any more. */
export const exceptions: readonly Exception[] = [
  { rule: 'unix-path', where: 'provision/run/', because: insideGuest },
  { rule: 'unix-path', where: 'provision/check/', because: insideGuest },
  { rule: 'unix-path', where: 'provision/debug/', because: insideGuest },
  { rule: 'unix-path', where: 'grade/engine/script.ts', because: insideGuest },
  { rule: 'unix-path', where: 'provision/guest/vagrant/', because: insideGuest },
  { rule: 'unix-path', where: 'provision/guest/container/', because: 'a path inside the container' },
  {
    rule: 'process-group',
    where: 'provision/guest/vagrant/vagrant.ts',
    because: 'a launcher hands no signal on; Windows has its own way beside it',
  },
  { rule: 'unix-path', where: 'cli/shell.ts', because: insideGuest },
  { rule: 'unix-path', where: 'cli/commands/shell.ts', because: insideGuest },
  { rule: 'unix-path', where: 'provision/builder/recipe.ts', because: 'a path inside the toolchain' },
  {
    rule: 'unix-path',
    where: 'provision/builder/docker/container.ts',
    because: 'a path inside the container',
  },
  { rule: 'unix-path', where: 'provision/builder/sandbox/', because: linuxAlone },
  { rule: 'unix-path', where: 'provision/guest/qemu/accelerator.ts', because: 'asked for KVM alone' },
  { rule: 'unix-path', where: 'provision/guest/precedence.ts', because: 'behind a question for Linux' },
  {
    rule: 'unix-path',
    where: 'provision/guest/qemu/snapshot/key.ts',
    because: 'behind a question for Linux',
  },
  { rule: 'unix-path', where: 'provision/host/process-info.ts', because: 'one way for each platform' },
  { rule: 'unix-path', where: 'provision/host/memory.ts', because: 'one way for each platform' },
  { rule: 'unix-path', where: 'provision/host/qemu.ts', because: 'places of each platform' },
  { rule: 'unix-path', where: 'provision/builder/docker/engine.ts', because: 'places of each platform' },
  { rule: 'unix-path', where: 'cli/doctor/computer.ts', because: 'words for a person on Linux' },
  { rule: 'unix-path', where: 'cli/doctor/examine.ts', because: asksThisComputer },
  { rule: 'unix-path', where: 'cli/doctor/probe.ts', because: asksThisComputer },
  { rule: 'unix-socket', where: 'provision/builder/docker/engine.ts', because: 'places of each platform' },
  {
    rule: 'link',
    where: 'provision/packages/tree-writer.ts',
    because: 'roots for Linux; elsewhere without links',
  },
  { rule: 'global-computer', where: 'cli/main.ts', because: 'the process: of these the context is made' },
  { rule: 'global-computer', where: 'cli/context.ts', because: 'the home folder where no variable names it' },
  { rule: 'global-computer', where: 'cli/log.ts', because: 'a line of the log about the real computer' },
  { rule: 'global-computer', where: 'cli/ui/live.ts', because: 'listr2 parts lines by the EOL of node:os' },
  { rule: 'global-computer', where: 'provision/host/process-info.ts', because: 'it asks the real computer' },
  { rule: 'slash-path', where: 'provision/packages/', because: slashesAlways },
  { rule: 'slash-path', where: 'provision/symbols/line-table.ts', because: slashesAlways },
  { rule: 'slash-path', where: 'provision/guest/initramfs.ts', because: slashesAlways },
  { rule: 'slash-path', where: 'provision/builder/cross-headers.ts', because: slashesAlways },
  { rule: 'slash-path', where: 'provision/builder/source.ts', because: slashesAlways },
  { rule: 'slash-path', where: 'provision/builder/vm/archive.ts', because: slashesAlways },
  { rule: 'slash-path', where: 'grade/similar/words.ts', because: slashesAlways },
  { rule: 'slash-path', where: 'grade/intake/paths.ts', because: slashesAlways },
];
