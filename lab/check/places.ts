/** From frames of a report to lines of the student's source. */
import type { CheckPlace } from './document.ts';
import type { ModuleCode } from './evidence.ts';
import { type Frame, isIn, readStacks, type Stack } from './stacks.ts';

export function placeOf(frame: Frame, role: string, code: ModuleCode): CheckPlace {
  const located = isIn(frame, code.name) ? code.locate(frame) : undefined;
  return located === undefined
    ? { function: frame.function, offset: frame.offset, role }
    : { file: located.file, line: located.line, function: located.function, role };
}

/**
 * The module's frame that is nearest to what the stack is of. The compiler may have made a function of the kernel's inline
 * ones, such as kcalloc(), which then stands in the module and in none of its files: its caller is meant.
 */
export function moduleFrame({ frames }: Pick<Stack, 'frames'>, code: ModuleCode): Frame | undefined {
  const own = frames.filter((frame) => isIn(frame, code.name));
  return own.find((frame) => code.locate(frame) !== undefined) ?? own[0];
}

/** The module's nearest place in each stack of a report, each place once, in the report's order. */
export function modulePlaces(
  raw: string,
  code: ModuleCode,
  roleOf: (title: string) => string | undefined,
): CheckPlace[] {
  const places: CheckPlace[] = [];
  for (const stack of readStacks(raw)) {
    const role = roleOf(stack.title);
    const frame = moduleFrame(stack, code);
    if (role === undefined || frame === undefined) continue;
    const place = placeOf(frame, role, code);
    if (!places.some((known) => samePlace(known, place))) places.push(place);
  }
  return places;
}

export const samePlace = (a: CheckPlace, b: CheckPlace): boolean => placeKey(a) === placeKey(b);

/** Two places with the same key are one line, or one instruction where lines are not known. */
export function placeKey({ file, line, function: name, offset }: CheckPlace): string {
  return file === undefined ? `${name}+${offset ?? 0}` : `${file}:${line}`;
}

/** `lab3.c:190 in add_once()`; `add_once()+0x52` where lines are not known. */
export function placeText({ file, line, function: name, offset }: CheckPlace): string {
  if (file === undefined) return `${name}()${offset === undefined ? '' : `+0x${offset.toString(16)}`}`;
  return `${file}:${line} in ${name}()`;
}

/** ` at lab3.c:190 in add_once()`, or nothing where the place is not known. */
export function at(place: CheckPlace | undefined): string {
  return place === undefined ? '' : ` at ${placeText(place)}`;
}
