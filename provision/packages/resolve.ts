/** From names to the packages they need: Depends and Pre-Depends with Provides and alternatives, no Recommends. */
import { labError } from '../../lab/errors.ts';
import type { Archive, Candidate } from './archive.ts';
import { formatRelations, type Relation } from './control.ts';
import { satisfies } from './version.ts';

export interface Wanted {
  readonly names: readonly string[];
  /** Names that count as met and are not followed. */
  readonly exclude?: readonly string[];
  /** Package name → the one version to take. */
  readonly pin?: Readonly<Record<string, string>>;
}

type Offers = Pick<Archive, 'suite' | 'arch' | 'named' | 'providing'>;

/**
 * The closure of `names`, sorted by name, each package once and in the newest version that all its dependants
 * accept. Throws `PackageNotFound`, `DependencyNotFound`, `VersionGone`.
 */
export function resolve(archive: Offers, wanted: Wanted): Candidate[] {
  /** What dependants demand of a package's version, learnt when a choice turned out wrong; then we start over. */
  const demands = new Map<string, Relation[]>();
  for (;;) {
    const attempt = select(archive, wanted, demands);
    if (Array.isArray(attempt)) return attempt;
    const known = demands.get(attempt.name) ?? [];
    demands.set(attempt.name, [...known, attempt]);
  }
}

/** The selection, or a demand on a package chosen too early in a version that does not meet it. */
function select(
  archive: Offers,
  { names, exclude = [], pin = {} }: Wanted,
  demands: ReadonlyMap<string, readonly Relation[]>,
): Candidate[] | Relation {
  const excluded = new Set(exclude);
  const chosen = new Map<string, Candidate>();
  const where = { suite: archive.suite, arch: archive.arch };

  const acceptable = (candidate: Candidate) => {
    const pinned = pin[candidate.name];
    return (
      (pinned === undefined || candidate.version === pinned) &&
      (demands.get(candidate.name) ?? []).every((demand) => meets(candidate, demand))
    );
  };
  const find = (relation: Relation) =>
    archive.named(relation.name).find((c) => acceptable(c) && meets(c, relation)) ??
    archive.providing(relation.name).find((c) => acceptable(c) && meets(c, relation));

  const queue: Candidate[] = [];
  const take = (candidate: Candidate) => {
    if (chosen.has(candidate.name)) return;
    chosen.set(candidate.name, candidate);
    queue.push(candidate);
  };

  for (const name of names) {
    const pinned = pin[name];
    const offered = archive.named(name);
    if (pinned !== undefined && !offered.some(({ version }) => version === pinned)) {
      throw labError('VersionGone', { name, wanted: pinned, available: offered.map((c) => c.version) });
    }
    const found = find({ name });
    if (!found) throw labError('PackageNotFound', { name, ...where });
    take(found);
  }

  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    for (const group of next.depends) {
      if (group.some(({ name }) => excluded.has(name))) continue;
      if ([...chosen.values()].some((c) => group.some((relation) => meets(c, relation)))) continue;
      const found = group.map(find).find((candidate) => candidate !== undefined);
      if (found === undefined) {
        throw labError('DependencyNotFound', {
          package: `${next.name} ${next.version}`,
          dependency: formatRelations(group),
          ...where,
        });
      }
      if (excluded.has(found.name)) continue;
      if (chosen.has(found.name)) {
        // It is there in another version than this dependant accepts.
        const demand = group.find((relation) => relation.name === found.name && meets(found, relation));
        if (demand) return demand;
      }
      take(found);
    }
  }
  return [...chosen.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A versioned relation is met by a provider only if it provides a version (Policy Manual, 7.5). */
function meets(candidate: Candidate, relation: Relation): boolean {
  const { operator, version } = relation;
  const fits = (offered: string | undefined) =>
    operator === undefined || version === undefined
      ? true
      : offered !== undefined && satisfies(offered, operator, version);
  return (
    (candidate.name === relation.name && fits(candidate.version)) ||
    candidate.provides.some((provided) => provided.name === relation.name && fits(provided.version))
  );
}
