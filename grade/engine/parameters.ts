/** What each parameter of a module means: by the rubric's names, else by their looks. What is ambiguous stays open. */
import {
  guessParameters,
  type ModuleParameter,
  type ParameterMap,
  type ParameterRole,
  type ParameterUse,
  parameterRoles,
  resolveParameters,
} from '../../lab/parameters.ts';
import type { Role } from '../names.ts';
import type { GradeSettings } from './request.ts';

export interface KnownParameters {
  readonly params: ParameterMap;
  readonly ambiguous: readonly { readonly role: ParameterRole; readonly candidates: readonly string[] }[];
  /** Those of which nobody can tell the meaning. */
  readonly unrecognised: readonly string[];
  /** What the lock parameter is given for each role; one that it cannot be told is absent. */
  readonly lockValues: Partial<Readonly<Record<Role, string>>>;
}

export function knowParameters(
  parameters: readonly ModuleParameter[],
  settings: Pick<GradeSettings, 'parameterNames' | 'lockValues'>,
): KnownParameters {
  const said: Partial<Record<ParameterRole, string>> = {};
  const ambiguous: { role: ParameterRole; candidates: string[] }[] = [];
  for (const role of parameterRoles) {
    const names = (settings.parameterNames[role] ?? []).map((name) => name.toLowerCase());
    const candidates = parameters
      .map(({ name }) => name)
      .filter((name) => names.includes(name.toLowerCase()));
    const [only] = candidates;
    if (candidates.length > 1) ambiguous.push({ role, candidates });
    else if (only !== undefined && !Object.values(said).includes(only)) said[role] = only;
  }
  const taken = [...Object.values(said), ...ambiguous.flatMap(({ candidates }) => candidates)];
  const guess = guessParameters(parameters.filter(({ name }) => !taken.includes(name)));
  const open = new Set(ambiguous.map(({ role }) => role));
  const isOpen = (role: ParameterRole) => said[role] === undefined && !open.has(role);
  for (const one of guess.ambiguous)
    if (isOpen(one.role)) ambiguous.push({ role: one.role, candidates: [...one.candidates] });
  const params: Partial<Record<ParameterRole, string>> = { ...said };
  for (const role of parameterRoles) {
    const guessed = guess.params[role];
    if (guessed !== undefined && isOpen(role)) params[role] = guessed;
  }
  const lock = parameters.find(({ name }) => name === params.lock);
  const known = [...Object.values(params), ...ambiguous.flatMap(({ candidates }) => candidates)];
  return {
    params,
    ambiguous,
    unrecognised: parameters.map(({ name }) => name).filter((name) => !known.includes(name)),
    lockValues: lock === undefined ? {} : lockValuesOf(lock, settings.lockValues),
  };
}

/** A switch takes 0 and 1; text takes the first word that its description names, else the words of this lab. */
function lockValuesOf(
  lock: ModuleParameter,
  words: GradeSettings['lockValues'],
): KnownParameters['lockValues'] {
  const { lockValues } = resolveParameters('', [lock], { params: { lock: lock.name }, lockValues: {} });
  const { none, own } = lockValues;
  const isText = lock.type === 'charp' || lock.type?.startsWith('string') === true;
  const named = new Set((lock.description ?? '').toLowerCase().split(/[^\w-]+/));
  const pick = (role: Role) =>
    isText ? words[role].find((word) => named.has(word.toLowerCase())) : undefined;
  const unlocked = pick('unlocked') ?? none;
  const locked = pick('locked') ?? own;
  return {
    ...(unlocked === undefined ? {} : { unlocked }),
    ...(locked === undefined ? {} : { locked }),
  };
}

/** A module's parameters as its run is told them, in the order of the meanings. */
export function parametersFor(
  { params, lockValues }: Pick<KnownParameters, 'params' | 'lockValues'>,
  role: Role,
  values: { readonly nThreads: number; readonly increment: number; readonly nTimes: number },
): Record<string, string> {
  const given = {
    n_threads: values.nThreads,
    increment: values.increment,
    n_times: values.nTimes,
    lock: lockValues[role],
  };
  const found: Record<string, string> = {};
  for (const meaning of parameterRoles) {
    const [name, value] = [params[meaning], given[meaning]];
    if (name !== undefined && value !== undefined) found[name] = String(value);
  }
  return found;
}

export const useOf = ({ params, lockValues }: KnownParameters): ParameterUse => ({
  params,
  lockValues: {
    ...(lockValues.unlocked === undefined ? {} : { none: lockValues.unlocked }),
    ...(lockValues.locked === undefined ? {} : { own: lockValues.locked }),
  },
});
