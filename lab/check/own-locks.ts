/**
 * Locks that a student built are nothing that the kernel knows of. What their source shows: a lock that is a variable
 * of the very function that takes it is another one in each thread.
 */
import type { CheckPlace } from './document.ts';
import type { Draft, ModuleCode } from './evidence.ts';

/** `my_lock(&mine)`, `lock(&mine.word, 1)`; not `unlock(…)`. */
const takes = /\b(?!\w*unlock)(\w*(?:lock|acquire)\w*)\s*\(\s*&\s*([A-Za-z_]\w*)/i;
const mostLines = 400;

/** For a race under a lock: the call of lock() before the line in its function, if its lock is the function's own. */
export function localLock(race: CheckPlace, code: ModuleCode): Draft | undefined {
  const { file, line, function: name } = race;
  if (file === undefined || line === undefined) return undefined;
  const start = beginOf(file, line, name, code);
  if (start === undefined) return undefined;
  for (let at = line; at > start; at -= 1) {
    const found = takes.exec(code.lineText(file, at) ?? '');
    const [, lock = '', variable = ''] = found ?? [];
    if (found === null) continue;
    if (!isDeclared(file, start, at, variable, code)) return undefined;
    return {
      kind: 'lock-not-shared',
      severity: 'warning',
      places: [{ file, line: at, function: name, role: 'takes the lock' }],
      what: `${lock}() is given ${variable}, and ${variable} is a variable of ${name}() itself: every thread has another, so it keeps nobody out.`,
      raw: code.lineText(file, at)?.trim() ?? '',
    };
  }
  return undefined;
}

/** Line of the function's own head above `line`. */
function beginOf(file: string, line: number, name: string, code: ModuleCode): number | undefined {
  if (!/^\w+$/.test(name)) return undefined;
  const head = new RegExp(`^[A-Za-z_][\\w\\s*]*\\b${name}\\s*\\(`);
  for (let at = line; at > Math.max(0, line - mostLines); at -= 1)
    if (head.test(code.lineText(file, at) ?? '')) return at;
  return undefined;
}

/** Whether `variable` is declared between the two lines: a type before it, and neither static nor a pointer. */
function isDeclared(file: string, from: number, to: number, variable: string, code: ModuleCode): boolean {
  const declaration = new RegExp(
    `^\\s+(?!static\\b|return\\b|extern\\b|else\\b)[A-Za-z_]\\w*(?:\\s+\\w+)*\\s+${variable}\\s*(?:=|;|,|\\[)`,
  );
  for (let at = from; at < to; at += 1) if (declaration.test(code.lineText(file, at) ?? '')) return true;
  return false;
}
