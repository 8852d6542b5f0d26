/** What gdb is told: where the machine is, what the kernel's addresses mean, and to place the module when it is loaded. */
import type { Architecture } from '../../lab/names.ts';
import type { ModulePlaces } from './module-places.ts';

export interface ScriptParts {
  readonly arch: Architecture;
  /** Of gdb's stub, on this computer alone. */
  readonly port: number;
  readonly module: string;
  readonly places: ModulePlaces;
  /** Addresses of the functions of the kernel that it stops in. */
  readonly doInitModule: bigint;
  readonly createThread: bigint;
  /** Files on this computer, with `/` between the parts. */
  readonly kernelSymbols: string;
  readonly ko: string;
  /** Folder as the compiler saw it → folder on this computer. */
  readonly sources: readonly (readonly [built: string, here: string])[];
}

/** Where a function finds its first argument. */
const firstArgument: Record<Architecture, string> = { amd64: '$rdi', arm64: '$x0' };

/**
 * The kernel calls do_init_module when a module lies where it will stay and nothing of it has run yet. At that moment
 * its struct module still has the file's whole table of symbols, with addresses in it: from these the sections follow.
 * Every thread of the module comes from kthread_create_on_node, whose first argument is the thread's function.
 */
export function gdbScript(parts: ScriptParts): string {
  const { arch, port, module, places, sources } = parts;
  const argument = firstArgument[arch];
  const [first, ...others] = places.sections;
  if (first === undefined) throw new TypeError(`${module} has no sections`);
  const bases = places.sections.map(
    ({ symbol, offset }, index) =>
      `  set $lab3_section_${index} = (unsigned long) $lab3_table[${symbol}].st_value - ${offset}`,
  );
  const placed = others.map(({ name }, index) => ` -s ${name} $lab3_section_${index + 1}`).join('');
  const place = first.name === '.text' ? '$lab3_section_0' : `-s ${first.name} $lab3_section_0`;
  const ours = [...`${module}\0`]
    .map((letter, at) => `*(char *)(${argument} + ${places.nameOffset + at}) == ${letter.charCodeAt(0)}`)
    .join(' && ');
  const text = '$lab3_text';
  return `# For one machine of lab3, which ends with its shell. Start it again with lab3 shell --gdb.
set confirm off
set pagination off
set breakpoint pending on
file ${quoted(parts.kernelSymbols)}
${sources.map(([built, here]) => `set substitute-path ${quoted(built)} ${quoted(here)}\n`).join('')}target remote 127.0.0.1:${port}

set $lab3_loaded = 0
set $lab3_text = 0
set $lab3_thread = 0

define lab3-place
  if $lab3_loaded
    remove-symbol-file -a $lab3_any
  end
  # At no address, for its types alone.
  add-symbol-file ${quoted(parts.ko)} 0
  set $lab3_table = ((struct module *) $lab3_module)->kallsyms->symtab
${bases.join('\n')}
  remove-symbol-file -a 0
  add-symbol-file ${quoted(parts.ko)} ${place}${placed}
  set $lab3_any = $lab3_section_0
  set $lab3_text = $lab3_section_0
  set $lab3_loaded = 1
end
document lab3-place
Loads the symbols of ${module} at the addresses that the kernel has given it.
end

# Nothing of ${module} has run here.
hbreak *${hex(parts.doInitModule)} if ${ours}
commands
  silent
  set $lab3_module = ${argument}
  lab3-place
  continue
end

# The function that a new thread of ${module} will run: gdb stops there.
hbreak *${hex(parts.createThread)} if ${text} != 0 && ${argument} >= ${text} && ${argument} < ${text} + ${places.textSize} && ${argument} != $lab3_thread
commands
  silent
  set $lab3_thread = ${argument}
  break *$lab3_thread
  continue
end

echo \\n${module}: gdb waits for \`insmod ${module}.ko\` in the shell of the machine and stops in the function of its threads.\\n
echo Ctrl-C stops the machine before that, for breakpoints of your own; \`continue\` goes on.\\n\\n
continue
`;
}

const hex = (address: bigint) => `0x${address.toString(16)}`;

/** One word of a gdb command, which is a line. */
function quoted(word: string): string {
  return `"${word.replace(/[\r\n]/g, '').replace(/[\\"]/g, '\\$&')}"`;
}
