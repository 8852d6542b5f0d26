/** Which module of a submission is the one without a lock, and which the one with it. What cannot be told is not guessed. */

import { keeper } from '../intake/patterns.ts';
import { type Role, roles } from '../names.ts';
import type { KnownParameters } from './parameters.ts';
import type { GradeSettings } from './request.ts';

export interface ModuleLook {
  readonly id: string;
  readonly name: string;
  /** The module's own `.c` files, as the student knows them. */
  readonly sources: readonly string[];
  /** Absent where it was not built. */
  readonly parameters?: KnownParameters;
  /** Whether its code calls anything that looks like taking a lock. */
  readonly locks: boolean;
}

export interface KnownRoles {
  readonly roles: readonly Role[];
  /** In a sentence. */
  readonly why: string;
}

type Words = GradeSettings['roleWords'];
type Names = Pick<GradeSettings, 'rolePatterns' | 'roleWords'>;

/** By module id. */
export function rolesOf(modules: readonly ModuleLook[], settings: Names): Map<string, KnownRoles> {
  const known = new Map<string, KnownRoles>();
  const shared = modules.length < 2 ? '' : sharedFolder(modules.flatMap(({ sources }) => sources));
  for (const module of modules) {
    const told = byParameter(module) ?? byName(module, shared, settings);
    if (told !== undefined) known.set(module.id, told);
  }
  const [first, second, ...others] = modules;
  if (first !== undefined && second === undefined && !known.has(first.id)) known.set(first.id, alone);
  if (first !== undefined && second !== undefined && others.length === 0) {
    for (const [one, other] of [
      [first, second],
      [second, first],
    ] as const) {
      const told = known.get(other.id);
      if (!known.has(one.id) && told?.roles.length === 1) known.set(one.id, byElimination(one, told));
    }
  }
  for (const { id, name } of modules) if (!known.has(id)) known.set(id, { roles: [], why: unknown(name) });
  return known;
}

const alone: KnownRoles = {
  roles: ['locked'],
  why: 'It is the only module and has no parameter that chooses the lock, so its total has to be right as it is.',
};

const unknown = (name: string) =>
  `Neither a parameter nor the name ${name} says whether this module is the one with the lock or the one without.`;

function byParameter({ parameters }: ModuleLook): KnownRoles | undefined {
  const lock = parameters?.params.lock;
  const { unlocked, locked } = parameters?.lockValues ?? {};
  if (lock === undefined || unlocked === undefined || locked === undefined) return undefined;
  const why = `Its parameter ${lock} chooses: ${unlocked} without the lock, ${locked} with it.`;
  return { roles: ['unlocked', 'locked'], why };
}

/** The module's name first; where it says nothing, its folders and files. */
function byName(module: ModuleLook, shared: string, settings: Names): KnownRoles | undefined {
  const files = module.sources.map((file) => file.slice(shared.length));
  for (const name of [module.name, ...files]) {
    const pattern = byPattern(name, settings.rolePatterns);
    const said = pattern === undefined ? [...readName(name, settings.roleWords)] : [pattern];
    const [only] = said;
    if (said.length > 1) return { roles: [], why: `The name ${name} says both: with a lock and without.` };
    if (only !== undefined) {
      const kind = only === 'locked' ? 'with the lock' : 'without a lock';
      return { roles: [only], why: `Its name, ${name}, says that it is the one ${kind}.` };
    }
  }
  return undefined;
}

/** The name itself before the folders that it lies in. */
function byPattern(name: string, patterns: GradeSettings['rolePatterns']): Role | undefined {
  for (const part of name.replace(/\.c$/, '').split('/').reverse()) {
    const role = roles.find((one) => keeper(patterns[one])(part));
    if (role !== undefined) return role;
  }
  return undefined;
}

/** A folder that all modules lie in says nothing of any one of them. With its `/`. */
function sharedFolder([first = '', ...others]: readonly string[]): string {
  let shared = first.slice(0, first.lastIndexOf('/') + 1);
  while (shared !== '' && !others.every((file) => file.startsWith(shared)))
    shared = shared.slice(0, shared.lastIndexOf('/', shared.length - 2) + 1);
  return shared;
}

function byElimination(module: ModuleLook, { roles: [other] }: KnownRoles): KnownRoles {
  const role: Role = other === 'locked' ? 'unlocked' : 'locked';
  if (module.locks !== (role === 'locked')) {
    const why =
      role === 'unlocked'
        ? 'The other module is the one with the lock, but this one’s code takes a lock too.'
        : 'The other module is the one without a lock, but this one’s code takes none that can be recognised.';
    return { roles: [], why };
  }
  const [its, others] =
    role === 'locked' ? ['takes a lock', 'without a lock'] : ['takes no lock', 'with the lock'];
  return { roles: [role], why: `The other module is the one ${others}, and this one’s code ${its}.` };
}

const negations = ['no', 'non', 'not', 'without', 'wo', 'un', 'none'];

/** What the words of a name say: `no_lock` unlocked, `no_race` locked, `race_lock` both. */
export function readName(name: string, words: Words): Set<Role> {
  const parts = name
    .replace(/\.[ch]$/, '')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^\p{L}]+/u)
    .filter((part) => part !== '')
    .flatMap((part) => splitNegation(part, words));
  const found = new Set<Role>();
  let negated = false;
  for (const part of parts) {
    if (negations.includes(part)) {
      negated = true;
      continue;
    }
    const role = roleOf(part, words);
    // `spin_lock`: the second word says the same once more, and both stand under one `no`.
    if (role !== undefined) found.add(negated ? opposite(role) : role);
    else negated = false;
  }
  // `lab_no`, `lock_none`: what there is none of can only be the lock.
  return negated && !found.has('unlocked') && roleOf(parts.at(-1) ?? '', words) === undefined
    ? new Set(['unlocked'])
    : found;
}

const opposite = (role: Role): Role => (role === 'locked' ? 'unlocked' : 'locked');

function roleOf(part: string, words: Words): Role | undefined {
  for (const role of ['unlocked', 'locked'] as const) {
    if (words[role].includes(part)) return role;
  }
  // `spinlockmod`, `mylock`; short words say too little inside of others.
  for (const role of ['unlocked', 'locked'] as const) {
    const long = words[role].filter((word) => word.length >= 4);
    if (long.some((word) => part.startsWith(word) || (part.endsWith(word) && !/^[tb]race$/.test(part))))
      return role;
  }
  return undefined;
}

/** `nolock` is `no` and `lock`. */
function splitNegation(part: string, words: Words): string[] {
  if (words.unlocked.includes(part) || words.locked.includes(part)) return [part];
  for (const negation of negations) {
    const rest = part.slice(negation.length);
    if (part.startsWith(negation) && rest.length >= 4 && roleOf(rest, words) !== undefined)
      return [negation, rest];
  }
  return [part];
}
