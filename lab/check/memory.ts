/** Reports about memory: SLUB, KASAN, KFENCE, lists, reference counters, and pointers that lead nowhere. */
import type { KernelEvent } from '../console.ts';
import type { CheckPlace } from './document.ts';
import type { Draft, ModuleCode } from './evidence.ts';
import type { FaultKind } from './kinds.ts';
import { at, modulePlaces, placeText } from './places.ts';
import type { Frame } from './stacks.ts';

/** Bytes that SLUB puts into memory: of a freed object, and of one that nobody has written yet. */
const freed = /^0x6b6b6b6b6b6b6[b-f]/;
const unset = /^0x5a5a5a5a5a5a5[a-c]/;
/** LIST_POISON1 and LIST_POISON2, what list_del() leaves in a node. */
const listPoison = /^0xdead0000000001[0-9a-f]{2}$/;

const tasksOf = ({ task }: KernelEvent) => (task === undefined ? [] : [task]);
const cpusOf = ({ cpu }: KernelEvent) => (cpu === undefined ? [] : [cpu]);

const common = (event: KernelEvent) => ({
  tasks: tasksOf(event),
  cpus: cpusOf(event),
  raw: event.raw,
});

/** Roles of a memory report's stacks, by the line above each. */
function roleOf(title: string): string | undefined {
  if (title.startsWith('Allocated ')) return 'allocated';
  if (/^(?:Freed |freed by)/.test(title)) return 'freed';
  if (/^(?:allocated by)/.test(title)) return 'allocated';
  if (/^Call [Tt]race|^RIP|^CPU: |^Write of|^Read of|^(?:BUG: KFENCE|.*\(in kfence)/.test(title))
    return 'used';
  return undefined;
}

const ordered = (places: readonly CheckPlace[], ...roles: string[]): CheckPlace[] =>
  roles.flatMap((role) => places.filter((place) => place.role === role));

const inRole = (places: readonly CheckPlace[], role: string) => places.find((place) => place.role === role);

export function slubDraft(event: KernelEvent, code: ModuleCode): Draft[] {
  const places = modulePlaces(event.raw, code, roleOf);
  if (places.length === 0) return [];
  const reason = /^\[([\w ]+) overwritten\]/m.exec(event.raw)?.[1] ?? event.values.bug ?? '';
  const byte = /First byte (0x[0-9a-f]+) instead of (0x[0-9a-f]+)/.exec(event.raw);
  const wrote = byte === null ? '' : `; a byte there is ${byte[1]} and should still be ${byte[2]}`;
  const [allocated, freedAt, used] = ['allocated', 'freed', 'used'].map((role) => inRole(places, role));
  const cache = event.values.cache === undefined ? '' : ` (${event.values.cache})`;
  if (/already free|Freelist Pointer|Invalid object pointer|free object/i.test(reason)) {
    const what = /already free|Freelist/i.test(reason)
      ? `kfree() was called${at(used)} on memory${cache} that had been freed before${at(freedAt)}.`
      : `kfree() was called${at(used)} with an address${cache} that no kmalloc() ever gave.`;
    return [
      { kind: 'double-free', ...common(event), places: ordered(places, 'used', 'freed', 'allocated'), what },
    ];
  }
  if (/Redzone|Alignment padding|Object padding/i.test(reason)) {
    const side = /left/i.test(reason) ? 'before its beginning' : 'past its end';
    const what = `Memory${cache} that was allocated${at(allocated)} was written ${side}${wrote}; the kernel found it${at(used) || ' when it looked'}.`;
    return [{ kind: 'out-of-bounds', ...common(event), places: ordered(places, 'allocated', 'used'), what }];
  }
  if (/remaining on __kmem_cache_shutdown/i.test(reason)) {
    const what = `A cache was destroyed${at(used)} while objects of it were still allocated.`;
    return [{ kind: 'leak', ...common(event), places: ordered(places, 'allocated', 'used'), what }];
  }
  const what = `Memory${cache} was written after it had been freed${at(freedAt)}${wrote}.`;
  return [{ kind: 'use-after-free', ...common(event), places: ordered(places, 'freed', 'allocated'), what }];
}

/** KASAN and KFENCE see the access itself. */
export function sanitizerDraft(event: KernelEvent, code: ModuleCode): Draft[] {
  const places = modulePlaces(event.raw, code, roleOf);
  const used = inRole(places, 'used') ?? places[0];
  if (used === undefined) return [];
  const bug = event.values.bug ?? '';
  const kind: FaultKind = /double-free|invalid[- ]free/.test(bug)
    ? 'double-free'
    : /use-after/.test(bug)
      ? 'use-after-free'
      : /out-of-bounds|memory corruption/.test(bug)
        ? 'out-of-bounds'
        : 'oops';
  const freedAt = inRole(places, 'freed');
  const allocated = inRole(places, 'allocated');
  const how = event.values.access === 'write' ? 'written' : event.values.access === 'read' ? 'read' : 'used';
  const bytes = event.values.bytes === undefined ? '' : `${event.values.bytes} bytes were `;
  const what = {
    'double-free': `Memory was freed at ${placeText(used)} that had been freed before${at(freedAt)}.`,
    'use-after-free': `${capital(`${bytes}${how}`)} at ${placeText(used)} in memory that had been freed before${at(freedAt)}.`,
    'out-of-bounds': `${capital(`${bytes}${how}`)} at ${placeText(used)} outside of the memory that was allocated${at(allocated)}.`,
    oops: `A pointer that points nowhere was used at ${placeText(used)}.`,
  }[kind as 'oops'];
  return [{ kind, ...common(event), places: [used, ...ordered(places, 'freed', 'allocated')], what }];
}

export function listDraft(event: KernelEvent, code: ModuleCode): Draft[] {
  const places = modulePlaces(event.raw, code, roleOf);
  const [place] = places;
  if (place === undefined) return [];
  const words =
    event.raw.split('\n').find((line) => /^list_(?:add|del) corruption/.test(line)) ?? event.headline;
  const doing = words.startsWith('list_add') ? 'added to' : 'taken off';
  if (/\b6b6b6b6b6b6b6b6b\b/.test(words)) {
    const what = `A node was ${doing} a list at ${placeText(place)}, and its neighbour had been freed already.`;
    return [{ kind: 'use-after-free', ...common(event), places, what }];
  }
  const twice = /double add|LIST_POISON/.test(words) ? ', for the second time' : '';
  const what = `A node was ${doing} a list at ${placeText(place)}${twice}, and the kernel found the list’s links wrong: ${words.slice(0, 160)}`;
  return [{ kind: 'list-corruption', ...common(event), places, what }];
}

export function refcountDraft(event: KernelEvent, code: ModuleCode): Draft[] {
  const places = modulePlaces(event.raw, code, roleOf);
  const [place] = places;
  if (place === undefined) return [];
  const leaks = /leaking memory/.test(event.values.bug ?? '');
  const what = leaks
    ? `A reference counter went wrong at ${placeText(place)}, and what it counts will never be freed.`
    : `A reference was given back at ${placeText(place)} that was not held any more: what it counts had been freed already.`;
  return [{ kind: leaks ? 'leak' : 'use-after-free', ...common(event), places, what }];
}

/** The kernel stopped at an instruction: of the module, or on its behalf. */
export function oopsDraft(event: KernelEvent, code: ModuleCode): Draft[] {
  if (event.kind === 'outlives-module') return [outlivesDraft(event, code)];
  const places = modulePlaces(event.raw, code, roleOf).slice(0, 3);
  const place = places[0] ?? { function: event.place?.function ?? 'an unknown place', role: 'used' };
  const address = pointerOf(event);
  const draft = (kind: FaultKind, what: string): Draft[] => [{ kind, ...common(event), places, what }];
  if (event.kind === 'stack')
    return draft('out-of-bounds', `An array on the stack was written past its end in ${placeText(place)}.`);
  if (event.kind === 'bug')
    return draft('oops', `A check that the kernel cannot go on after failed at ${placeText(place)}.`);
  if (freed.test(address))
    return draft(
      'use-after-free',
      `At ${placeText(place)} a pointer was followed that was read from freed memory: ${address} is what the kernel fills such memory with.`,
    );
  if (listPoison.test(address))
    return draft(
      'list-corruption',
      `At ${placeText(place)} a node was used that had been taken off its list: ${address} is what list_del() leaves in it.`,
    );
  if (unset.test(address))
    return draft(
      'oops',
      `At ${placeText(place)} a pointer was followed that nobody had set: ${address} is what the kernel fills new memory with.`,
    );
  if (/divide error/.test(event.values.trap ?? ''))
    return draft('oops', `A division by zero at ${placeText(place)}.`);
  const value = Number.parseInt(address, 16);
  if (value < 4096)
    return draft(
      'oops',
      value === 0
        ? `A NULL pointer was used at ${placeText(place)}.`
        : `A NULL pointer was used at ${placeText(place)}: a field ${value} bytes into the structure it should point to.`,
    );
  return draft('oops', `The kernel stopped at ${placeText(place)}: ${event.headline.slice(0, 160)}`);
}

/** The instruction that is gone is the one that a call would have returned to: the call is meant. */
function outlivesDraft(event: KernelEvent, code: ModuleCode): Draft {
  const calls = { ...code, locate: (frame: Frame) => code.locate({ ...frame, exact: false }) };
  const places = modulePlaces(event.raw, calls, roleOf).slice(0, 3);
  const what = `After the module was unloaded a thread of it went on${at(places[0])}, where there was no code any more.`;
  return { kind: 'thread-left-running', ...common(event), places, what };
}

/** The kernel stopped for good; what led to it, if anything did, was reported before. */
export function panicDraft(event: KernelEvent, code: ModuleCode): Draft[] {
  const places = modulePlaces(event.raw, code, roleOf).slice(0, 3);
  const reason = (event.values.reason ?? event.headline).slice(0, 160);
  const what = `The kernel stopped for good${at(places[0])}: ${reason}`;
  return [{ kind: 'oops', ...common(event), places, what }];
}

/** A check of the kernel's that failed in what the module asked for: no fault of a kind of its own. */
export function warningDraft(event: KernelEvent, code: ModuleCode): Draft[] {
  const places = modulePlaces(event.raw, code, roleOf).slice(0, 3);
  const [place] = places;
  if (place === undefined) return [];
  if (/kmem_cache_destroy.*when called from|still has objects/.test(event.raw)) {
    const what = `A cache was destroyed${at(place)} while objects of it were still allocated.`;
    return [{ kind: 'leak', ...common(event), places, what }];
  }
  const what = `A check of the kernel failed in what was called at ${placeText(place)}: ${event.headline.slice(0, 160)}`;
  return [{ kind: 'oops', severity: 'warning', ...common(event), places, what }];
}

/** The address that could not be followed, as `0x…`; NaN's text where the report has none. */
function pointerOf(event: KernelEvent): string {
  return (event.address ?? 'none').toLowerCase();
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
