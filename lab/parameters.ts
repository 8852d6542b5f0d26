/** How a module names its parameters: ours by definition, a student's from lab3.yaml or by their look. */
import { labError } from './errors.ts';
import type { LockKind } from './names.ts';

export const parameterRoles = ['n_threads', 'increment', 'n_times', 'lock'] as const;
/** What a parameter means, whatever a module calls it. */
export type ParameterRole = (typeof parameterRoles)[number];
export type ParameterMap = Partial<Readonly<Record<ParameterRole, string>>>;

/** A parameter as the `.ko` declares it. */
export interface ModuleParameter {
  readonly name: string;
  /** The kernel's word: `int`, `uint`, `bool`, `charp`, … */
  readonly type?: string;
  readonly description?: string;
}

/** Which parameter means what, and the lock parameter's words. */
export interface ParameterUse {
  readonly params: ParameterMap;
  readonly lockValues: Partial<Readonly<Record<LockKind, string>>>;
}

/** The module that comes with lab3. */
export const ownParameters: ParameterUse = {
  params: { n_threads: 'n_threads', increment: 'increment', n_times: 'n_times', lock: 'lock' },
  lockValues: { none: 'none', own: 'own', spinlock: 'spinlock', mutex: 'mutex', atomic: 'atomic' },
};

/**
 * Parameters from the entries of a `.modinfo` section (`parm=name:description`, `parmtype=name:int`);
 * other entries are passed over.
 */
export function readParameters(modinfo: Iterable<string>): ModuleParameter[] {
  const found = new Map<string, { name: string; type?: string; description?: string }>();
  for (const entry of modinfo) {
    const [, key, name, rest] = /^(parm|parmtype)=(\w{1,64}):(.*)$/s.exec(entry) ?? [];
    if (name === undefined) continue;
    const parameter = found.get(name) ?? { name };
    if (key === 'parmtype') parameter.type = (rest ?? '').trim().slice(0, 100);
    else parameter.description = (rest ?? '').slice(0, 500);
    found.set(name, parameter);
  }
  return [...found.values()];
}

export interface Guess {
  readonly params: ParameterMap;
  /** Meanings that several parameters may have alike. */
  readonly ambiguous: readonly { readonly role: ParameterRole; readonly candidates: readonly string[] }[];
}

interface Look {
  /** Over the name in small letters, words parted by `_`. */
  readonly sure: RegExp;
  readonly maybe: RegExp;
  /** Over the description. */
  readonly said: RegExp;
}

const threads = '(?:k?threads?|thrs?|workers?|tasks?)';
const many = '(?:n|nr|num|nums|number|numbers|count|cnt|amount|quantity|qty|total)';
const increments = '(?:incs?|increments?|incr|adds?|additions?)';
const looks: Record<ParameterRole, Look> = {
  n_threads: {
    sure: new RegExp(`^(?:${many}_?(?:of_)?${threads}|${threads}_?${many}|k?threads|workers|m_threads)$`),
    maybe: new RegExp(`^(?:m|${many}_.*${threads}|${threads}_.*${many})$`),
    said: /\b(?:number|count|amount|how many)\b[^.]{0,20}\bthreads?\b|\bthreads?\s+(?:number|count|amount)\b/i,
  },
  increment: {
    sure: /^(?:increment|inc|incr|delta|addend|summand)(?:_?(?:value|val|by|size|step|amount))?$|^(?:value|val|step|size)_?(?:of_)?(?:increment|inc|incr)$/,
    maybe: /^(?:step|add|add_?value|add_?by|value|val)$|(?:^|_)(?:increment|inc|incr)(?:_|$)/,
    said: /\bincrement(?:s|ed)?\s+(?:by|value|size|step)|\bvalue of (?:the )?increment\b|\bhow much\b|\bstep size\b/i,
  },
  n_times: {
    sure: new RegExp(
      `^(?:(?:${threads}_)?(?:${many}_?(?:of_)?)?(?:times|iter|iters|iterations?|loops?|repeats?|repetitions|steps|ops|operations|cycles|increments|${increments}_?${many})(?:_?${many})?|times_?${increments}|${increments}_?times|${many}_?(?:of_)?${increments})$`,
    ),
    maybe: new RegExp(`^(?:n|count|cnt|${threads}_?(?:cnt|count)|.*(?:times|iter|loop|repeat).*)$`),
    said: /\b(?:number|count|amount|how many|times)\b[^.]{0,30}\b(?:iterations?|increments?|times|loops|steps|additions|operations)\b|\bhow many times\b/i,
  },
  lock: {
    sure: /^(?:(?:use|with|is|enable|no|without|my)_?)?(?:spin_?)?lock(?:ed|ing|s)?(?:_?(?:type|kind|mode|on|enabled?|used?|flag|name))?$/,
    maybe: /lock|sync|spin|^(?:mode|safe|protect\w*|race)$/,
    said: /\b(?:spin)?lock(?:ing)?\b|\bsynchroni[sz]/i,
  },
};

/** A name in small letters with its words parted: `numThreads`, `N_THREADS` and `numthreads` look alike. */
function plainName(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/^_+|_+$/g, '');
}

function score(role: ParameterRole, parameter: ModuleParameter): number {
  const look = looks[role];
  const name = plainName(parameter.name);
  const byName = look.sure.test(name) ? 6 : look.maybe.test(name) ? 2 : 0;
  return byName + (look.said.test(parameter.description ?? '') ? 3 : 0);
}

/** The assignment of meanings to parameters that fits best as a whole; equally good ones make it ambiguous. */
export function guessParameters(parameters: readonly ModuleParameter[]): Guess {
  const likely = parameters
    .map((parameter) => ({
      name: parameter.name,
      scores: parameterRoles.map((role) => score(role, parameter)),
    }))
    .filter(({ scores }) => scores.some((points) => points > 0))
    .slice(0, 12);
  let bestPoints = 0;
  let best: (string | undefined)[][] = [[]];
  const assign = (role: number, taken: (string | undefined)[], points: number): void => {
    if (role === parameterRoles.length) {
      if (points > bestPoints) {
        bestPoints = points;
        best = [];
      }
      if (points === bestPoints) best.push([...taken]);
      return;
    }
    assign(role + 1, [...taken, undefined], points);
    for (const { name, scores } of likely) {
      const more = scores[role] ?? 0;
      if (more > 0 && !taken.includes(name)) assign(role + 1, [...taken, name], points + more);
    }
  };
  assign(0, [], 0);

  const params: Partial<Record<ParameterRole, string>> = {};
  const ambiguous: { role: ParameterRole; candidates: string[] }[] = [];
  for (const [at, role] of parameterRoles.entries()) {
    const candidates = [...new Set(best.map((taken) => taken[at]))].filter((name) => name !== undefined);
    const [only] = candidates;
    if (candidates.length > 1) ambiguous.push({ role, candidates });
    else if (only !== undefined && best.every((taken) => taken[at] === only)) params[role] = only;
  }
  return { params, ambiguous };
}

/**
 * What lab3.yaml says, completed by what the names tell. Throws `ParameterNotFound` for a name that the module
 * does not have, and `ParameterAmbiguous` where only a person can tell. A meaning that no parameter has is left
 * out: the module then runs with its own value for it.
 */
export function resolveParameters(
  module: string,
  parameters: readonly ModuleParameter[],
  said: ParameterUse,
): ParameterUse {
  const has = parameters.map(({ name }) => name);
  for (const role of parameterRoles) {
    const parameter = said.params[role];
    if (parameter !== undefined && !has.includes(parameter)) {
      throw labError('ParameterNotFound', { module, parameter, meaning: role, has });
    }
  }
  const taken = Object.values(said.params);
  const guess = guessParameters(parameters.filter(({ name }) => !taken.includes(name)));
  const open = guess.ambiguous.find(({ role }) => said.params[role] === undefined);
  if (open !== undefined) {
    throw labError('ParameterAmbiguous', { module, meaning: open.role, candidates: open.candidates });
  }
  const params: ParameterMap = { ...guess.params, ...said.params };
  const lock = parameters.find(({ name }) => name === params.lock);
  return { params, lockValues: { ...(lock === undefined ? {} : lockWords(lock)), ...said.lockValues } };
}

/** What a lock parameter is given: a switch takes 0 and 1 (`no_lock` the other way round), text takes the words. */
function lockWords(lock: ModuleParameter): ParameterUse['lockValues'] {
  if (lock.type === 'charp' || lock.type?.startsWith('string') === true) return ownParameters.lockValues;
  return /^(?:no|without|race)/.test(plainName(lock.name))
    ? { none: '1', own: '0' }
    : { none: '0', own: '1' };
}
