/** What `/sys/kernel/debug/kmemleak` lists: memory that nothing points to any more. */
import type { Draft, ModuleCode } from './evidence.ts';
import { moduleFrame, placeOf, placeText } from './places.ts';
import { readStacks } from './stacks.ts';

const opening = /^unreferenced object 0x[0-9a-f]+ \(size (\d+)\):$/;
const owner = /^ {2}comm "(.{0,40})", pid (\d+), /;
const maxObjects = 2000;

interface Place {
  readonly draft: Draft;
  count: number;
  bytes: number;
}

/**
 * One draft for each line that allocated what leaked. Memory that the kernel allocated without the module's asking is
 * left out: kmemleak is known to miss pointers that the kernel keeps in odd places.
 */
export function leakDrafts(listing: string, code: ModuleCode): Draft[] {
  const places = new Map<string, Place>();
  for (const object of readObjects(listing)) {
    const [stack] = readStacks(object.text);
    const frame = stack && moduleFrame(stack, code);
    if (frame === undefined) continue;
    const place = placeOf(frame, 'allocated', code);
    const key = placeText(place);
    const known = places.get(key);
    if (known !== undefined) {
      known.count += 1;
      known.bytes += object.size;
      continue;
    }
    const tasks = object.pid === undefined ? [] : [{ name: object.comm, pid: object.pid }];
    const draft: Draft = { kind: 'leak', places: [place], what: '', tasks, raw: object.text };
    places.set(key, { draft, count: 1, bytes: object.size });
  }
  return [...places].map(([text, { draft, count, bytes }]) => {
    const blocks = count === 1 ? 'A block' : `${count} blocks`;
    const verb = count === 1 ? 'was' : 'were';
    return {
      ...draft,
      count,
      what: `${blocks} of memory, ${bytes} bytes, ${verb} allocated at ${text} and never freed: the module is gone, and nothing points to ${count === 1 ? 'it' : 'them'} any more.`,
    };
  });
}

interface Unreferenced {
  readonly size: number;
  readonly comm: string;
  readonly pid: number | undefined;
  readonly text: string;
}

function readObjects(listing: string): Unreferenced[] {
  const objects: { size: number; comm: string; pid: number | undefined; lines: string[] }[] = [];
  for (const line of listing.split('\n')) {
    const size = opening.exec(line)?.[1];
    if (size !== undefined) {
      if (objects.length === maxObjects) break;
      objects.push({ size: Number(size), comm: '', pid: undefined, lines: [line] });
      continue;
    }
    const last = objects.at(-1);
    if (last === undefined || last.lines.length > 60) continue;
    last.lines.push(line);
    const who = owner.exec(line);
    if (who !== null) {
      last.comm = who[1] ?? '';
      last.pid = Number(who[2]);
    }
  }
  return objects.map(({ lines, ...rest }) => ({ ...rest, text: lines.join('\n') }));
}
