/** Who handed in what: submissions and roster brought together. */
import type { Doubt } from '../../names.ts';
import type { Part } from '../assemble.ts';
import type { Naming } from '../course/class-entry.ts';
import { shown } from '../refusal.ts';
import type { Identity } from '../submission.ts';
import { matcher } from './match.ts';
import type { RosterRow } from './roster.ts';

/** One submission. */
export interface Group {
  readonly naming: Naming;
  readonly parts: Part[];
}

export interface Person extends Identity {
  /** Never the same for two, and the same in every run. */
  readonly identity: string;
  readonly onRoster: boolean;
  readonly taken: Group | undefined;
  readonly others: readonly Group[];
  readonly remarks: readonly string[];
  readonly doubts: readonly Doubt[];
  /** What the roster says, ISO 8601 in UTC. */
  readonly submittedAt?: string;
}

interface Found {
  readonly identity: string;
  readonly who: Identity;
  readonly row?: RosterRow;
  readonly onRoster: boolean;
  readonly groups: Group[];
  /** Matched by less than an id or a whole name. */
  readonly unsure: Group[];
  /** Could as well be somebody else's on the roster, and go by their own name. */
  readonly maybe: Group[];
  readonly remarks: string[];
}

/** @param rows of the roster; without it everybody counts as on it */
export function peopleOf(groups: readonly Group[], rows: readonly RosterRow[] | undefined): Person[] {
  const match = matcher(rows ?? []);
  const found = new Map<string, Found>();
  const entryOf = (person: Pick<Found, 'identity' | 'who' | 'row' | 'onRoster'>): Found => {
    const known = found.get(person.identity);
    const entry = known ?? { ...person, groups: [], unsure: [], maybe: [], remarks: [] };
    found.set(person.identity, entry);
    return entry;
  };
  const onRoster = (row: RosterRow) => ({ identity: row.identity, who: row, row, onRoster: true });
  const add = (person: Parameters<typeof entryOf>[0], group?: Group, remark?: string) => {
    const known = entryOf(person);
    if (group !== undefined) (remark === undefined ? known.groups : known.unsure).push(group);
    if (remark !== undefined && !known.remarks.includes(remark)) known.remarks.push(remark);
  };
  const maybe: { group: Group; whose: Parameters<typeof entryOf>[0][] }[] = [];
  for (const group of groups) {
    for (const who of group.naming.people) {
      const { row, why, among = [] } = rows === undefined ? {} : match(who);
      if (row === undefined) {
        const own = { identity: ownIdentity(group, who), who, onRoster: rows === undefined };
        add(own, group, why);
        if (among.length > 0) maybe.push({ group, whose: [own, ...among.map(onRoster)] });
      } else {
        const identities = { ...who.identities, ...row.identities };
        add({ ...onRoster(row), who: { name: row.name, identities } }, group, why);
      }
    }
  }
  for (const row of rows ?? []) entryOf(onRoster(row));
  for (const { group, whose } of maybe) for (const one of whose) entryOf(one).maybe.push(group);
  return [...found.values()].map(personFrom);
}

/** What the course system numbers; else the name, so that `ivanov.zip` and `ivanov/` are one person's. */
function ownIdentity({ naming }: Group, { name, identities }: Identity): string {
  const told = Object.entries(identities).filter(([kind]) => kind !== 'repository');
  if (told.length > 0) return `own:${JSON.stringify(told.sort())}`;
  const shared = naming.people.length > 1 || naming.group.startsWith('gradescope:') ? naming.group : '';
  return `own:${shared}${name.normalize('NFC').toLowerCase()}`;
}

function personFrom({ identity, who, row, onRoster, groups, unsure, maybe, remarks }: Found): Person {
  const taken = newest(groups.length > 0 ? groups : unsure);
  const others = [...groups, ...unsure].filter((group) => group !== taken);
  const all = [...remarks];
  if (taken !== undefined && others.length > 0) {
    const timed = [taken, ...others].every(({ naming }) => naming.submittedAt !== undefined);
    const by =
      groups.length > 0 && unsure.length > 0 ? 'the surest' : timed ? 'the newest' : 'the first by name';
    const times = others.length === 1 ? 'twice' : `${others.length + 1} times`;
    all.push(`Handed in ${times}: ${by}, ${sourceOf(taken)}, is taken.`);
  }
  if (taken === undefined) {
    const whose = maybe.map(sourceOf).slice(0, 4).join('; ');
    const or = maybe.length === 0 ? '' : `, unless ${whose} is theirs: who that is from cannot be told`;
    all.push(`On the roster, and nothing was handed in${or}.`);
  }
  // A name that is not on the roster at all is guessed by nobody.
  const guessed = taken === undefined ? maybe.length > 0 : !groups.includes(taken) && row !== undefined;
  const doubts: Doubt[] =
    guessed || (taken !== undefined && maybe.includes(taken)) ? ['identity-unclear'] : [];
  if (row?.noTime !== undefined && taken !== undefined && taken.naming.submittedAt === undefined) {
    doubts.push('time-unclear');
    all.push(
      `The roster’s “${shown(row.noTime)}” is no time that can be read: whether it was late is not known.`,
    );
  }
  if (taken?.naming.isLate && taken.naming.submittedAt === undefined && row?.submittedAt === undefined) {
    if (!doubts.includes('time-unclear')) doubts.push('time-unclear');
    all.push('The course system marked it as late and does not say by how much.');
  }
  const { name, identities } = who;
  const told = row?.submittedAt === undefined ? {} : { submittedAt: row.submittedAt };
  return { name, identities, identity, onRoster, taken, others, remarks: all, doubts, ...told };
}

/** Where any of the times is not known, the first by name. */
function newest(groups: readonly Group[]): Group | undefined {
  const times = groups.map(({ naming }) => naming.submittedAt);
  if (times.some((time) => time === undefined)) return groups[0];
  return groups.reduce<Group | undefined>(
    (latest, group) =>
      (latest?.naming.submittedAt ?? '') < (group.naming.submittedAt ?? '') ? group : latest,
    undefined,
  );
}

function sourceOf({ parts }: Group): string {
  return parts.map(({ source }) => shown(source)).join(', ');
}
