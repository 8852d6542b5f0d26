/** The stacks in a report of the kernel: which function called which, as far as the kernel could tell. */

export interface Frame {
  readonly function: string;
  /** Bytes from the function's start. */
  readonly offset: number;
  /** Absent for the kernel itself. */
  readonly module?: string;
  /**
   * `true` for the instruction itself (RIP, pc). Otherwise it is where a call returns to, so the line is that of the
   * byte before.
   */
  readonly exact: boolean;
}

export interface Stack {
  /** The line above the stack, which says what it is of: `write to 0x… of 8 bytes by task 63 on cpu 1:`. */
  readonly title: string;
  readonly frames: readonly Frame[];
}

const symbol = String.raw`([\w.]+)\+0x([0-9a-f]{1,8})\/0x[0-9a-f]{1,8}(?: \[([\w-]+)(?:\([^)]*\))?\])?`;
const instruction = new RegExp(`^(?:RIP: [0-9a-f]{4}:|pc : )${symbol}`);
/** `? ` marks what was merely found on the stack: often a call that has long returned. */
const line = new RegExp(`^ +(\\? )?${symbol}`);
const alone = new RegExp(`^\\[<[0-9a-f]{1,16}>\\] ${symbol}`);
/** An address that no symbol is known for, as where a module begins. */
const unnamed = /^ +(?:\? )?0x[0-9a-f]{8,16}$/;
/** Frames that are named within a sentence; `at:` is lockdep's, `Allocated in` SLUB's. */
const inTitle = new RegExp(`(?:^(?:Allocated|Freed) in |, at: |^.{1,24}/\\d+ is .* at:? )${symbol}`);
const parts = /^ <\/?(?:TASK|IRQ|NMI|SOFTIRQ|EXCEPTION|#DF)>/;
const registers = /^(?:[A-Z0-9]{2,3}:|Code:|RSP|EFLAGS|FS:|CS:|CR2|PKRU|sp :|x\d+ ?:|pstate:|lr :)/;

const maxStacks = 40;
const maxFrames = 64;

/** In the order of the report. Linear in its length; a report that holds none gives none. */
export function readStacks(raw: string): Stack[] {
  const stacks: { title: string; frames: Frame[] }[] = [];
  let title = '';
  let open: { title: string; frames: Frame[] } | undefined;
  const begin = (): { title: string; frames: Frame[] } => {
    open = { title, frames: [] };
    if (stacks.length < maxStacks) stacks.push(open);
    return open;
  };
  for (const text of raw.split('\n')) {
    const at = instruction.exec(text);
    if (at !== null) {
      title = 'RIP';
      begin().frames.push(frameOf(at, 1, true));
      continue;
    }
    const framed = line.exec(text);
    if (framed !== null) {
      if (framed[1] !== undefined) continue;
      const stack = open ?? begin();
      if (stack.frames.length < maxFrames) stack.frames.push(frameOf(framed, 2, false));
      continue;
    }
    if (open !== undefined && unnamed.test(text)) continue;
    // Registers and the words before the trace stand between an instruction and its callers.
    if (open?.title === 'RIP' && open.frames.length === 1 && (registers.test(text) || belongs(text)))
      continue;
    if (text.trim() === '' || parts.test(text)) continue;
    open = undefined;
    title = text;
    const named = inTitle.exec(text) ?? alone.exec(text);
    if (named !== null) begin().frames.push(frameOf(named, 1, false));
  }
  return stacks;
}

const belongs = (text: string) =>
  text.trim() === '' || parts.test(text) || /^(?:Call [Tt]race:|Modules linked in|CPU: |Tainted:)/.test(text);

function frameOf(found: RegExpExecArray, from: number, exact: boolean): Frame {
  const module = found[from + 2];
  return {
    function: found[from] ?? '',
    offset: Number.parseInt(found[from + 1] ?? '0', 16),
    ...(module === undefined ? {} : { module }),
    exact,
  };
}

/** The kernel writes a module's name with `_` wherever its file has `-`. */
export const kernelName = (module: string): string => module.replaceAll('-', '_');

export const isIn = (frame: Frame, module: string): boolean => frame.module === kernelName(module);
