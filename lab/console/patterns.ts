/**
 * What the kernel says when something is wrong: one table, read from the top, the first shape that fits wins.
 * The literal forms are those of kernel/panic.c, arch/{x86,arm64}/mm/fault.c, lib/bug.c, mm/kasan/report.c,
 * mm/kfence/report.c, kernel/kcsan/report.c, mm/slub.c, kernel/locking/{lockdep,spinlock_debug}.c,
 * kernel/{watchdog,hung_task,workqueue}.c, kernel/rcu/tree_stall.h, lib/{refcount,list_debug,ubsan}.c,
 * mm/kmemleak.c and kernel/module/, of Linux 6.1 to 6.12.
 *
 * All shapes are anchored at the start of the message: `lab3: BUG: …` is the module's own line.
 */
export const eventKinds = [
  'panic',
  'oops',
  'outlives-module',
  'trap',
  'bug',
  'warning',
  'kasan',
  'kfence',
  'kcsan',
  'slub',
  'lockdep',
  'spinlock',
  'atomic-sleep',
  'soft-lockup',
  'hard-lockup',
  'workqueue-lockup',
  'rcu-stall',
  'rcu-usage',
  'hung-task',
  'refcount',
  'list-corruption',
  'leak',
  'stack',
  'ubsan',
  'vermagic',
  'symbol-version',
  'unknown-symbol',
  'license',
  'parameter',
  'load',
  'out-of-memory',
  'dropped',
  'imitation',
] as const;
export type EventKind = (typeof eventKinds)[number];
export type Severity = 'error' | 'warning' | 'note';

export interface Pattern {
  readonly kind: EventKind;
  readonly severity: Severity;
  /** Named groups: function and in (its module), file, line, address, cpu, comm, pid; any other becomes one of the event's values. */
  readonly headline: RegExp;
  /** In words of a student. */
  readonly means: string;
  /**
   * What the kernel itself prints near such a line. Without it, the line was printed by a module that imitates
   * the kernel. Absent: a single line that stands alone.
   */
  readonly company?: RegExp;
  /** Last line of a report of several lines; without it, the report ends where its shape ends. */
  readonly ends?: RegExp;
  /** Kinds whose line within this report belongs to it: BUG() is followed by the trap it works by. */
  readonly absorbs?: readonly EventKind[];
}

/** What every dump of registers or of the stack holds. */
const dump =
  /^(?:CPU: \d|Call [Tt]race:|RIP: |pc : |Modules linked in:|Hardware name: |PGD |#PF: |Mem abort info:|Oops: |Internal error: |---\[ end )/;
const endTrace = /^---\[ end trace/;
const place = String.raw`(?<function>[\w.]+)(?:\+0x[0-9a-f]+\/0x[0-9a-f]+)?(?: \[(?<in>[\w-]+)\])?`;
const site = String.raw`(?<file>[^\s:]+):(?<line>\d+)`;
const rule = /^={16,}$/;

/** `headline` is a source, so that shared pieces can be put in. */
function pattern(
  kind: EventKind,
  headline: string,
  means: string,
  rest: Partial<Pick<Pattern, 'severity' | 'company' | 'ends' | 'absorbs'>> = {},
): Pattern {
  return { kind, severity: 'error', headline: new RegExp(`^${headline}`), means, ...rest };
}

const oops = { company: dump, ends: endTrace, absorbs: ['oops', 'trap'] as const };
const afterDump = { company: dump };
const lockReport = {
  company:
    /^(?:-{16,}|\S{1,40}\/\d+ (?:is trying to|is freeing|is leaving|is exiting)|.*locks? held by|CPU: \d)/,
};

export const patterns: readonly Pattern[] = [
  pattern(
    'stack',
    `Kernel panic - not syncing: stack-protector: Kernel stack is corrupted in: ${place}`,
    'A function wrote past the end of an array on the stack.',
    { company: /^(?:CPU: \d|Call [Tt]race:|Kernel Offset|---\[ end Kernel panic|Rebooting in)/ },
  ),
  pattern('panic', 'Kernel panic - not syncing: (?<reason>.*)', 'The kernel stopped for good.', {
    company:
      /^(?:CPU: \d|Call [Tt]race:|Kernel Offset|Dumping ftrace|SMP: stopping|---\[ end Kernel panic|Rebooting in)/,
    ends: /^(?:---\[ end Kernel panic|Rebooting in )/,
  }),
  pattern(
    'oops',
    'BUG: kernel NULL pointer dereference, address: (?<address>[0-9a-f]+)',
    'A NULL pointer was used.',
    oops,
  ),
  pattern(
    'oops',
    'BUG: unable to handle (?:page fault for address:|kernel paging request at) (?<address>(?:0x)?[0-9a-f]+)',
    'A pointer that points nowhere was used: freed, uninitialised or overwritten.',
    oops,
  ),
  pattern(
    'oops',
    'Unable to handle kernel NULL pointer dereference at virtual address (?<address>[0-9a-f]+)',
    'A NULL pointer was used.',
    oops,
  ),
  pattern(
    'oops',
    'Unable to handle kernel (?:paging request|write to read-only memory|access to user memory outside uaccess routines|execute from non-executable memory) at virtual address (?<address>[0-9a-f]+)',
    'A pointer that points nowhere was used: freed, uninitialised or overwritten.',
    oops,
  ),
  pattern('bug', `kernel BUG at ${site}!`, 'A check of the kernel failed that it cannot go on after.', oops),
  pattern(
    'trap',
    String.raw`(?:Oops: )?general protection fault(?:, probably for non-canonical address (?<address>0x[0-9a-f]+))?: [0-9a-f]{4} \[#\d+\]`,
    'A pointer that is no address at all was used: often one that was freed, or a node taken off its list.',
    oops,
  ),
  pattern(
    'trap',
    String.raw`(?:Oops: )?(?<trap>divide error|invalid opcode|double fault|stack segment|int3|bounds): [0-9a-f]{4} \[#\d+\]`,
    'The processor refused an instruction.',
    oops,
  ),
  pattern(
    'oops',
    String.raw`(?:Oops: )?Oops(?: - [A-Za-z ]+)?: [0-9a-f]{4,16} \[#\d+\]`,
    'The kernel met an error that it cannot go on after.',
    oops,
  ),
  pattern(
    'oops',
    String.raw`Internal error: (?<reason>.*?): [0-9a-f]{8,16} \[#\d+\]`,
    'The kernel met an error that it cannot go on after.',
    oops,
  ),
  pattern(
    'kasan',
    String.raw`BUG: KASAN: (?<bug>[\w-]+) in ${place}`,
    'Memory was used that does not belong to it: past its end, or after it was freed.',
    { company: /^(?:Read|Write|Free) (?:of size|of addr|at addr)/, ends: rule },
  ),
  pattern(
    'kfence',
    String.raw`BUG: KFENCE: (?<bug>[\w-]+(?: (?:read|write))?) in ${place}`,
    'Memory was used that does not belong to it: past its end, or after it was freed.',
    { company: /\(in kfence-#\d+\)|^kfence-#\d+/, ends: rule },
  ),
  pattern(
    'kcsan',
    String.raw`BUG: KCSAN: (?<bug>data-race|assert: race) in ${place}(?: \/ (?<other>[\w.]+))?`,
    'Two threads use one variable at the same time, at least one writes, and no lock keeps them apart.',
    { company: /^(?:read|write|read-write|assert no \w+).* to 0x|^race at unknown origin/, ends: rule },
  ),
  pattern(
    'ubsan',
    String.raw`UBSAN: (?<bug>[\w-]+) in ${site}`,
    'An operation whose result the C language does not define.',
    {
      company:
        /^(?:CPU: \d|Call [Tt]race:|=+|.*out of range|.*cannot be represented|.*negative|.*null pointer|---\[)/,
    },
  ),
  // Linux 6.12.90 and later say first which bytes are wrong, and then of which object.
  pattern(
    'slub',
    String.raw`\[(?<bug>[A-Z][\w ]{1,40} overwritten)\] 0x[0-9a-f]+-0x[0-9a-f]+ @offset=\d+\.`,
    'Memory from kmalloc was written after it was freed, past its end, or freed twice.',
    {
      company: /^BUG [\w:.-]+ \(/,
      ends: /^FIX |^---\[ end trace/,
      absorbs: ['slub', 'warning'],
    },
  ),
  pattern(
    'slub',
    String.raw`BUG (?<cache>[\w:.-]+) \((?:Tainted|Not tainted)[^)]*\): (?<bug>.+)`,
    'Memory from kmalloc was written after it was freed, past its end, or freed twice.',
    {
      company: /^(?:-{16,}|0x[0-9a-f]|Slab 0x|Object 0x|Allocated in|Freed in|CPU: \d)/,
      ends: /^FIX |^---\[ end trace/,
      absorbs: ['warning'],
    },
  ),
  pattern(
    'lockdep',
    String.raw`WARNING: (?<bug>possible (?:recursive locking|circular locking dependency|irq lock inversion dependency) detected|inconsistent lock state|bad unlock balance detected!|held lock freed!|[^\n]{1,24}\/\d+ still has locks held!|lock held when returning to user space!|[\w-]+-safe -> [\w-]+-unsafe lock order detected|Nested lock was not taken)`,
    'Locks are taken in a way that can stop the machine for ever.',
    lockReport,
  ),
  pattern(
    'lockdep',
    String.raw`\[ BUG: (?<bug>Invalid wait context) \]`,
    'A lock that sleeps was taken where nothing may sleep.',
    lockReport,
  ),
  pattern('rcu-usage', 'WARNING: suspicious RCU usage', 'Data under RCU was used outside its read section.', {
    company: /suspicious rcu_|other info that might|^=+|^-+/,
  }),
  pattern(
    'refcount',
    String.raw`refcount_t: (?<bug>underflow; use-after-free|(?:increment|addition) on 0; use-after-free|saturated; leaking memory|decrement hit 0; leaking memory)\.`,
    'A reference counter went wrong: something is freed too early or never.',
    { company: dump, ends: endTrace, absorbs: ['warning'] },
  ),
  pattern(
    'list-corruption',
    '(?<bug>list_(?:add|del) corruption|list_add double add)[.,:]',
    'A list is damaged: changed by two threads at once, or a node freed or added twice.',
    {
      company: /^(?:-+\[ cut here|kernel BUG at|WARNING: |CPU: \d)/,
      ends: endTrace,
      absorbs: ['warning', 'bug', 'trap', 'oops'],
    },
  ),
  pattern(
    'warning',
    String.raw`WARNING: CPU: (?<cpu>\d+) PID: (?<pid>\d+) at ${site}(?: ${place})?`,
    'A check of the kernel failed.',
    { severity: 'warning', company: dump, ends: endTrace },
  ),
  pattern(
    'warning',
    String.raw`WARNING: ${site} at ${place}, CPU#(?<cpu>\d+): (?<comm>.+)\/(?<pid>\d+)`,
    'A check of the kernel failed.',
    { severity: 'warning', company: dump, ends: endTrace },
  ),
  pattern(
    'spinlock',
    String.raw`BUG: (?:spinlock|rwlock) (?<bug>lockup suspected|cpu recursion|recursion|already unlocked|bad magic|wrong owner|wrong CPU|trylock failure on UP|uninitialized)(?: on CPU#(?<cpu>\d+), (?<comm>.+)\/(?<pid>\d+))?`,
    'A spinlock of the kernel’s was used wrongly.',
    { company: /^ ?lock: |^CPU: \d/ },
  ),
  pattern(
    'atomic-sleep',
    `BUG: sleeping function called from invalid context at ${site}`,
    'Something that may sleep, such as kmalloc with GFP_KERNEL, was called while a spinning lock was held.',
    { company: /^in_atomic\(\): / },
  ),
  pattern(
    'atomic-sleep',
    String.raw`BUG: scheduling while atomic: (?<comm>.+)\/(?<pid>\d+)\/(?<preempt>0x[0-9a-f]+)`,
    'A thread gave up the CPU while it held a spinning lock.',
    afterDump,
  ),
  pattern(
    'soft-lockup',
    String.raw`watchdog: BUG: soft lockup - CPU#(?<cpu>\d+) stuck for (?<seconds>\d+)s! \[(?<comm>.+):(?<pid>\d+)\]`,
    'A CPU ran in one place without ever giving way: a lock that is never released, or a loop without end.',
    afterDump,
  ),
  pattern(
    'hard-lockup',
    String.raw`(?:watchdog: |NMI watchdog: )?Watchdog detected hard LOCKUP on cpu (?<cpu>\d+)`,
    'A CPU hung with interrupts off.',
    afterDump,
  ),
  pattern(
    'workqueue-lockup',
    String.raw`BUG: workqueue lockup - pool (?<pool>.+?) stuck for (?<seconds>\d+)s!`,
    'The kernel’s own work cannot run: a CPU is kept busy or asleep by something else.',
    { company: /^Showing busy workqueues/ },
  ),
  pattern(
    'rcu-stall',
    String.raw`rcu: INFO: (?<flavour>\w+) (?:(?:self-)?detected (?:expedited )?stalls? on CPUs?)(?:\/tasks)?`,
    'A CPU did not give way for a long time: a loop without end, or a lock that is never released.',
    { company: /^rcu: |^\t?\(|^CPU: \d|^Sending NMI|^Task dump/ },
  ),
  pattern(
    'hung-task',
    String.raw`INFO: task (?<comm>.+):(?<pid>\d+) blocked for more than (?<seconds>\d+) seconds\.`,
    'A task waits for something that never comes.',
    { company: /^"echo 0 > |^task:|^Call [Tt]race:/ },
  ),
  pattern(
    'leak',
    String.raw`kmemleak: (?<count>\d+) new suspected memory leaks \(see \/sys\/kernel\/debug\/kmemleak\)`,
    'Memory was allocated and never freed.',
  ),
  pattern(
    'out-of-memory',
    String.raw`Out of memory(?: and no killable processes|: Killed process (?<pid>\d+) \((?<comm>[^)]*)\))`,
    'The memory of the machine is used up.',
    { company: /^(?:Mem-Info:|Tasks state|CPU: \d|oom-kill:|\[ +pid +\]|Kernel panic)/ },
  ),
  pattern(
    'vermagic',
    String.raw`(?<module>[\w-]+): version magic '(?<found>[^']*)' should be '(?<wanted>[^']*)'`,
    'The module was built for another kernel than the one that runs.',
  ),
  pattern(
    'vermagic',
    String.raw`module (?<module>[\w-]+): \.gnu\.linkonce\.this_module section size must match`,
    'The module was built for another kernel than the one that runs.',
  ),
  pattern(
    'symbol-version',
    String.raw`(?<module>[\w-]+): disagrees about version of symbol (?<symbol>\w+)`,
    'The module was built for another kernel than the one that runs.',
  ),
  pattern(
    'unknown-symbol',
    String.raw`(?<module>[\w-]+): Unknown symbol (?<symbol>\w+) \(err (?<error>-?\d+)\)`,
    'The module uses a function that this kernel does not give to modules.',
  ),
  pattern(
    'license',
    String.raw`(?<module>[\w-]+): module license '(?<license>[^']*)' taints kernel\.`,
    'The module’s licence is not compatible with the GPL, so it gets none of the GPL-only functions.',
    { severity: 'warning' },
  ),
  pattern(
    'parameter',
    String.raw`(?<module>[\w-]+): unknown parameter '(?<parameter>[^']*)' ignored`,
    'The module has no parameter of that name, so it runs with its own value.',
    { severity: 'warning' },
  ),
  pattern(
    'parameter',
    String.raw`(?<module>[\w-]+): .(?<value>.*)' invalid for parameter .(?<parameter>\w+)'`,
    'The module cannot read the value that it was given.',
  ),
  pattern(
    'load',
    String.raw`(?<module>[\w-]+): (?<bug>exports duplicate symbol \w+|no symbol version for module_layout|Relocation overflow.*|module is already loaded|Skipping invalid relocation target.*|kernel tainted.*init)`,
    'The kernel does not take the module as it is.',
  ),
];
