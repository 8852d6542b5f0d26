/** What one setting says of another: found when all of them are read. */
import { nearest } from '../../lab/nearest.ts';
import { quote } from '../../lab/options.ts';
import type { CheckName } from '../names.ts';
import { choices } from './draws.ts';
import type { Criterion, Rubric } from './rubric.ts';
import { ownSettings } from './standard.ts';
import { instantOf } from './zone.ts';

export type Say = (
  path: string,
  what: { text: string; value?: string; allowed?: string; nearest?: string | undefined },
) => void;

export function checkRubric(rubric: Rubric, say: Say): void {
  checkIds(rubric, say);
  for (const [at, one] of rubric.criteria.entries()) checkCriterion(one, `criteria[${at}]`, rubric, say);
  checkNeeds(rubric.criteria, say);
  checkPoints(rubric, say);
  checkCases(rubric, say);
  const { due, timeZone } = rubric.assignment;
  if (due !== undefined && instantOf(due, timeZone) === undefined) {
    say('assignment.due', { text: `assignment.due is ${quote(due)}, which is no date with a time` });
  }
  for (const [at, remark] of rubric.review.entries()) {
    if (rubric.review.indexOf(remark) < at) say(`review[${at}]`, { text: `review has ${remark} twice` });
  }
}

function checkIds({ criteria, cases }: Rubric, say: Say): void {
  for (const [what, ids] of [
    ['criteria', criteria.map(({ id }) => id)],
    ['cases', cases.map((rule) => rule.name)],
  ] as const) {
    const key = what === 'criteria' ? 'id' : 'name';
    for (const [at, id] of ids.entries()) {
      if (ids.indexOf(id) < at) say(`${what}[${at}].${key}`, { text: `two ${what} are called ${id}` });
    }
  }
}

const ownKeys = ['forbid', 'cycles', 'compatibility', 'thresholds', 'files'] as const;

function checkCriterion(one: Criterion, path: string, { criteria }: Rubric, say: Say): void {
  const own = Object.keys(ownSettings[one.check] ?? {});
  for (const key of ownKeys) {
    if (one[key] === undefined || own.includes(key)) continue;
    const users = Object.entries(ownSettings).flatMap(([name, keys]) =>
      Object.hasOwn(keys, key) ? [name] : [],
    );
    const text = `${path}.${key} is no setting of the check ${one.check}`;
    say(`${path}.${key}`, { text, allowed: `with check: ${users.join(' or ')}` });
  }
  if (one.thresholds !== undefined && one.thresholds.full >= one.thresholds.none) {
    const text = `${path}.thresholds.full is ${one.thresholds.full}, not below none, which is ${one.thresholds.none}`;
    say(`${path}.thresholds`, { text });
  }
  const ids = criteria.map(({ id }) => id);
  for (const [at, need] of one.needs.entries()) {
    if (ids.includes(need)) continue;
    const text = `${path}.needs has ${need}, and there is no criterion of that id`;
    say(`${path}.needs[${at}]`, {
      text,
      value: need,
      allowed: `one of ${ids.filter((id) => id !== one.id).join(' ')}`,
      nearest: nearest(need, ids),
    });
  }
}

/** A criterion that waits for itself would never be tried. */
function checkNeeds(criteria: readonly Criterion[], say: Say): void {
  const needsOf = new Map(criteria.map(({ id, needs }) => [id, needs]));
  for (const [at, { id }] of criteria.entries()) {
    const reached = new Set<string>();
    const open = [...(needsOf.get(id) ?? [])];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (reached.has(next)) continue;
      reached.add(next);
      open.push(...(needsOf.get(next) ?? []));
    }
    if (reached.has(id)) say(`criteria[${at}].needs`, { text: `${id} needs itself, through what it needs` });
  }
}

function checkPoints({ assignment, criteria }: Rubric, say: Say): void {
  const sum = criteria.reduce((total, { points }) => total + Math.round(points * 1000), 0) / 1000;
  if (sum === assignment.points) return;
  const text = `assignment.points is ${assignment.points}, and the points of the criteria come to ${sum}`;
  say('assignment.points', { text, value: String(assignment.points), allowed: String(sum) });
}

function checkCases({ cases }: Rubric, say: Say): void {
  for (const [at, rule] of cases.entries()) {
    if (rule.count !== undefined) continue;
    for (const [key, name] of [
      ['nThreads', 'n_threads'],
      ['increment', 'increment'],
      ['nTimes', 'n_times'],
      ['vcpus', 'vcpus'],
    ] as const) {
      const draw = rule[key];
      if (draw === undefined || choices(draw) === 1) continue;
      const path = `cases[${at}].${name}`;
      say(path, {
        text: `${path} has ${choices(draw)} values, and case ${rule.name} has no count to draw by`,
        allowed: 'one number, or a count beside it',
      });
    }
  }
}

/** With what its check may be told beyond the common settings, where the rubric says nothing of it. */
export function withOwnSettings(criteria: readonly Criterion[]): readonly Criterion[] {
  return criteria.map((one) => {
    const own: (typeof ownSettings)[CheckName] = ownSettings[one.check];
    return own === undefined ? one : { ...one, ...own, ...defined(one) };
  });
}

function defined(one: Criterion): Criterion {
  return Object.fromEntries(
    Object.entries(one).filter(([, value]) => value !== undefined),
  ) as unknown as Criterion;
}
