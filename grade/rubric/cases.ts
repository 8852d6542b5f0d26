/**
 * The cases of one student. Drawn numbers come from HMAC-SHA256 of the seed over the student's key: the same student
 * gets the same ones for ever, another student others, and nobody without the seed can reckon them out. Every number
 * has a stream of its own, so that a case or a setting that is added moves no other.
 */
import { createHmac } from 'node:crypto';
import type { Visibility } from '../names.ts';
import { choice, choices } from './draws.ts';
import type { CaseRule, Draw, Rubric } from './rubric.ts';

export interface Case {
  /** Name in the rubric; with `-1`, `-2`, … where it is drawn. */
  readonly id: string;
  /** Drawn, or for other eyes than the student's: its numbers never show before `visibility` says so. */
  readonly hidden: boolean;
  readonly visibility: Visibility;
  readonly nThreads: number;
  readonly increment: number;
  readonly nTimes: number;
  readonly vcpus: number;
  /** Decimal text. Never enters a guest. */
  readonly expected: string;
}

/** Never changed: a class that is graded again gets the cases it had. */
const label = 'lab3.cases/1';
/** A drawn case whose total is another's would let a module answer both alike. */
const attempts = 16;

export function drawCases(rubric: Rubric, seed: string, studentKey: string): Case[] {
  const cases: Case[] = [];
  for (const rule of rubric.cases) {
    for (let number = 1; number <= (rule.count ?? 1); number++) {
      const id = rule.count === undefined ? rule.name : `${rule.name}-${number}`;
      let drawn = numbersOf(rule, rubric, { seed, studentKey, id, attempt: 0 });
      for (let attempt = 1; attempt < attempts && rule.count !== undefined; attempt++) {
        const { expected } = drawn;
        if (!cases.some((other) => other.expected === expected)) break;
        drawn = numbersOf(rule, rubric, { seed, studentKey, id, attempt });
      }
      const visibility = visibilityOf(rule);
      cases.push({ id, hidden: visibility !== 'visible', visibility, ...drawn });
    }
  }
  return cases;
}

/** Of a case by its id, as a run tells it; a case that no rubric has is hidden. */
export function caseVisibility({ cases }: Rubric, id: string): Visibility {
  const rule = cases.find(
    ({ name, count }) =>
      (count === undefined && name === id) ||
      (count !== undefined && id.startsWith(`${name}-`) && /^\d{1,2}$/.test(id.slice(name.length + 1))),
  );
  return rule === undefined ? 'hidden' : visibilityOf(rule);
}

function visibilityOf({ visibility, count }: CaseRule): Visibility {
  return visibility ?? (count === undefined ? 'visible' : 'hidden');
}

interface Stream {
  readonly seed: string;
  readonly studentKey: string;
  readonly id: string;
  readonly attempt: number;
}

function numbersOf(rule: CaseRule, { machine }: Rubric, stream: Stream) {
  const take = (field: string, draw: Draw) => choice(draw, pick(choices(draw), words({ ...stream, field })));
  const nThreads = take('n_threads', rule.nThreads);
  const increment = take('increment', rule.increment);
  const nTimes = take('n_times', rule.nTimes);
  const vcpus = rule.vcpus === undefined ? machine.vcpus : take('vcpus', rule.vcpus);
  const expected = String(BigInt(nThreads) * BigInt(increment) * BigInt(nTimes));
  return { nThreads, increment, nTimes, vcpus, expected };
}

/** Unsigned 32-bit words without end, in counter mode. */
function* words({ seed, studentKey, id, attempt, field }: Stream & { field: string }): Generator<number> {
  for (let counter = 0; ; counter++) {
    const block = createHmac('sha256', seed)
      .update([label, studentKey, id, field, attempt, counter].join('\n'))
      .digest();
    for (let at = 0; at < block.length; at += 4) yield block.readUInt32BE(at);
  }
}

/** From 0 to below `count`, each as likely as the other: words beyond the last whole multiple are passed over. */
function pick(count: number, stream: Iterable<number>): number {
  if (count <= 1) return 0;
  const end = 2 ** 32 - (2 ** 32 % count);
  for (const word of stream) if (word < end) return word % count;
  return 0;
}
