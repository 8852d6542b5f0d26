/**
 * From evidence to marks: pure, so that the same evidence gets the same mark for ever. A criterion is worth nothing
 * only where the student's work failed it; what could not be tried, shown or done is open, and says so.
 */
import type { CriterionResult, StudentResult } from '../document.ts';
import type { Evidence } from '../engine/evidence.ts';
import type { Candidate } from '../intake/submission.ts';
import type { Doubt, Status } from '../names.ts';
import type { Criterion, Rubric } from '../rubric/rubric.ts';
import { judges } from './checks.ts';
import type { Decision, Decisions } from './decisions.ts';
import { failed, type Judgement } from './judgement.ts';
import { latenessOf } from './late.ts';
import { earnedOf, less, sumOf, thousandths } from './points.ts';
import { withSourceLines } from './source-lines.ts';
import { sentence, shown } from './words.ts';

/** `evidence` is absent for who handed in nothing, and for whose work nobody has looked at yet. */
export function score(
  rubric: Rubric,
  candidate: Candidate,
  evidence: Evidence | undefined,
  decisions: Decisions = new Map(),
): StudentResult {
  const { submission } = candidate;
  const decided = decisions.get(candidate.key) ?? new Map<string, Decision>();
  // Where nothing is due, nothing is late.
  const matters = (doubt: Doubt) => doubt !== 'time-unclear' || rubric.assignment.due !== undefined;
  const isDoubtful = (candidate.doubts ?? []).some(
    (one) => matters(one) && rubric.review.includes(one) && !decided.has(one),
  );
  if (submission === undefined) return notSubmitted(rubric, candidate, isDoubtful, decided);
  const known = evidence ?? nothingKnown;
  const refused = known.refused ?? submission.refused;
  const found = refused === undefined ? known : { ...known, refused };
  const criteria = judgeAll(rubric, found, decided).map((one) => ({
    ...one,
    details: withSourceLines(one.details, submission.files),
  }));
  const late = latenessOf(rubric, submission.submittedAt);
  const sum = sumOf(criteria.map(({ earned }) => earned ?? 0));
  const penalty = Math.round(thousandths(sum) * (late?.share ?? 0)) / 1000;
  const has = (status: Status) => criteria.some((one) => one.status === status);
  const isOpen = has('review') || has('error') || isDoubtful;
  return {
    key: candidate.key,
    name: candidate.name,
    identities: { ...candidate.identities },
    onRoster: candidate.onRoster,
    submission: {
      source: submission.source,
      others: [...candidate.others],
      ...(submission.submittedAt === undefined ? {} : { submittedAt: submission.submittedAt }),
      sha256: submission.sha256,
      files: [...submission.files.keys(), ...submission.documents].sort(),
      notes: [...new Set([...submission.notes, ...found.modules.flatMap(({ notes = [] }) => notes)])],
      modules: found.modules.map(({ name, files, roles, parameters }) => ({
        name,
        files: [...files],
        roles: [...roles],
        parameters: { ...parameters },
      })),
    },
    status: has('error') ? 'error' : isOpen ? 'review' : 'graded',
    ...(late === undefined ? {} : { late }),
    raw: isOpen ? null : sum,
    penalty,
    final: isOpen ? null : less(sum, penalty),
    provisional: less(sum, penalty),
    criteria,
    reviews: [
      ...(candidate.remarks ?? []),
      ...criteria.flatMap(({ status, what }, at) =>
        status === 'review' ? [`${rubric.criteria[at]?.title ?? ''}: ${what}`] : [],
      ),
      ...(has('error')
        ? new Set(
            found.errors.length === 0 && found.unknown !== undefined
              ? [found.unknown]
              : found.errors.map(({ name, message }) => `${shown(name, 60)}: ${sentence(message)}`),
          )
        : []),
    ],
  };
}

/** Open in everything, also in what takes no machine. */
const nothingKnown: Evidence = {
  unknown: 'It was not graded yet by this rubric, kernel and seed.',
  modules: [],
  runs: [],
  checks: {},
  report: [],
  errors: [],
};

/** A zero, unless something that was handed in may be theirs, and but for what a person gave: a defence without a file. */
function notSubmitted(
  rubric: Rubric,
  candidate: Candidate,
  isDoubtful: boolean,
  decided: ReadonlyMap<string, Decision>,
): StudentResult {
  const nothing: Judgement = {
    status: 'not_submitted',
    share: 0,
    what: 'Nothing was handed in.',
    details: [],
  };
  const criteria = rubric.criteria.map((criterion) => {
    const decision = decided.get(criterion.id);
    return decision === undefined
      ? resultFrom(criterion, nothing)
      : decidedResult(criterion, nothing, decision);
  });
  const sum = sumOf(criteria.map(({ earned }) => earned ?? 0));
  const isGiven = rubric.criteria.some(({ id }) => decided.has(id));
  return {
    key: candidate.key,
    name: candidate.name,
    identities: { ...candidate.identities },
    onRoster: candidate.onRoster,
    status: isDoubtful ? 'review' : isGiven ? 'graded' : 'not_submitted',
    raw: isDoubtful ? null : sum,
    penalty: 0,
    final: isDoubtful ? null : sum,
    provisional: sum,
    criteria,
    reviews: [...(candidate.remarks ?? [])],
  };
}

/** Each after what it needs; in the order of the rubric. */
function judgeAll(
  rubric: Rubric,
  evidence: Evidence,
  decided: ReadonlyMap<string, Decision>,
): CriterionResult[] {
  const results = new Map<string, CriterionResult>();
  const resultOf = (criterion: Criterion): CriterionResult => {
    const known = results.get(criterion.id);
    if (known !== undefined) return known;
    const needs = criterion.needs.flatMap((id) => rubric.criteria.filter((one) => one.id === id));
    const needed = needs.map((need) => ({ need, status: resultOf(need).status }));
    const judged = judge(rubric, criterion, evidence, needed);
    const decision = decided.get(criterion.id);
    const result =
      decision === undefined ? resultFrom(criterion, judged) : decidedResult(criterion, judged, decision);
    results.set(criterion.id, result);
    return result;
  };
  return rubric.criteria.map(resultOf);
}

interface Needed {
  readonly need: Criterion;
  readonly status: Status;
}

function judge(
  rubric: Rubric,
  criterion: Criterion,
  evidence: Evidence,
  needed: readonly Needed[],
): Judgement {
  const { check, rests, stands = false } = judges[criterion.check];
  const skip = (what: string): Judgement => ({ status: 'skipped', share: null, what, details: [] });
  if (evidence.refused !== undefined && criterion.check !== 'builds') {
    return skip(`Not tried, because nothing was taken of what was handed in: ${sentence(evidence.refused)}`);
  }
  if (evidence.unknown !== undefined && evidence.refused === undefined) return failed(evidence.unknown);
  const fault =
    evidence.refused === undefined && evidence.errors.find(({ concerns }) => rests.includes(concerns));
  const lacking = needed.find(({ status }) => status === 'fail' || status === 'skipped');
  if (lacking !== undefined) {
    if (stands && !fault && lacking.status === 'fail' && lacking.need.check !== 'builds') {
      const found = check({ rubric, criterion, evidence });
      if (found.status === 'fail' || found.status === 'review') return found;
    }
    return skip(`Not tried, because “${lacking.need.title}” (${lacking.need.id}) did not pass.`);
  }
  const broken = needed.find(({ status }) => status === 'error');
  if (broken !== undefined) {
    return failed(`Not judged, because “${broken.need.title}” (${broken.need.id}) could not be.`);
  }
  if (fault) {
    // Its message may name folders of that computer: that is for the instructor alone.
    return failed(
      `Not marked: the computer that grades failed (${shown(fault.name, 60)}). It is not the student’s doing, and is tried again.`,
    );
  }
  return check({ rubric, criterion, evidence });
}

function resultFrom(
  criterion: Criterion,
  { status, share, what, hint, details }: Judgement,
): CriterionResult {
  const advice = status === 'pass' ? undefined : (criterion.hint ?? hint);
  return {
    id: criterion.id,
    status,
    earned: share === null ? null : earnedOf(criterion.points, share),
    what: what === '' ? 'No reason was given.' : what,
    ...(advice === undefined || advice === '' ? {} : { hint: advice }),
    details: [...details],
  };
}

/** A person's word goes before ours; what was found stays below it. */
function decidedResult(
  criterion: Criterion,
  judged: Judgement,
  { points, comment }: Decision,
): CriterionResult {
  const { what: before, hint, details } = resultFrom(criterion, judged);
  const isAll = thousandths(points) >= thousandths(criterion.points);
  const status = isAll ? 'pass' : points > 0 ? 'partial' : 'fail';
  const said = comment === undefined ? '' : ` ${sentence(comment, 2000)}`;
  const found = criterion.check === 'manual' ? '' : ` Found before: ${before}`;
  return {
    id: criterion.id,
    status,
    earned: points,
    what: `A person decided: ${points} of ${criterion.points} points.${said}${found}`,
    ...(isAll || hint === undefined ? {} : { hint }),
    details,
  };
}
