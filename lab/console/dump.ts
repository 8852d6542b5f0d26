/**
 * Lines of the kernel's own dumps, told by themselves: an allocation that fails shows all memory before it says what
 * is wrong, a dump may be longer than any report, and its beginning may be lost. None of their numbers is a result.
 */

const hex = '[0-9a-f]';

/** arch/{x86,arm64}/kernel/{dumpstack,process}.c, lib/dump_stack.c: registers, code, and whose they are. */
const registers = [
  `(?:RIP|EIP): ${hex}{4}:`,
  `(?:[RE](?:[A-D]X|[SD]I|BP)|R\\d\\d|CR\\d|DR\\d|PKRU): ${hex}{8,16}\\b`,
  `CS: {1,2}${hex}{4} DS: |FS: {1,2}${hex}{8,16}\\(`,
  `RSP: ${hex}{4}:${hex}{16}`,
  `x\\d\\d? ?: ${hex}{16}`,
  `(?:pc|lr) : |sp : ${hex}{16}|pstate: ${hex}{8}`,
  `Code: (?:(?:<?${hex}{2}>? ){8}|(?:${hex}{8} ){2}|Unable to access|Bad )`,
  'CPU: \\d+ (?:UID: \\d+ )?PID: \\d+ Comm: ',
  'Hardware name: |Modules linked in:|Tainted: |Workqueue: ',
];

/** Frames with or without their address, and what stands around them. */
const stacks = [
  'Call [Tt]race:|Stack:$',
  '\\s*</?(?:TASK|IRQ|NMI|SOFTIRQ|#DF)>$',
  `\\s*(?:\\[<${hex}{1,16}>\\] )?(?:\\? )?[\\w.]+\\+0x${hex}+\\/0x${hex}+`,
  `\\s*(?:${hex}{16} ){2,}`,
  'task:.{1,40} state:\\S',
  'NMI backtrace for cpu|Sending NMI from CPU|rcu: ',
];

/** mm/show_mem.c, mm/oom_kill.c and mm/page_alloc.c. */
const memory = [
  '.{1,40} invoked oom-killer: |.{1,60}: page allocation failure: |warn_alloc: ',
  'Mem-Info:|active_anon:| active_file:| unevictable:| slab_reclaimable:| mapped:| sec_pagetables:',
  ' kernel_misc_reclaimable:| free:\\d+ free_pcp:|lowmem_reserve\\[\\]:',
  'Node \\d+ (?:DMA|Normal|Movable|HighMem|active_anon:|hugepages_total=)',
  '\\d+ total pagecache pages$|\\d+ pages in swap cache$|(?:Free|Total) swap +=',
  '\\d+ pages (?:RAM|HighMem|reserved|cma reserved|hwpoisoned|slab)|Swap cache stats:',
  'Unreclaimable slab info:|Name +Used +Total$|[\\w.-]+ +\\d+KB +\\d+KB$',
  'Tasks state \\(memory values|\\[ +pid +\\] |\\[ *\\d+\\] +(?:\\d+ +){6}|oom-kill:|oom_reaper: ',
];

const dump = new RegExp(`^(?:${[...registers, ...stacks, ...memory].join('|')})`);

export const isDumpLine = (text: string): boolean => dump.test(text);
