/** A class: several submissions at once, each with a journal of its own, and the marks of all. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { labError } from '../../lab/errors.ts';
import { type Step, step } from '../../lab/events.ts';
import type { Context } from '../../provision/context.ts';
import { firstOf } from '../../provision/deadline.ts';
import { openJournal, type Parts } from '../../provision/journal.ts';
import { plural } from '../../report/numbers.ts';
import type { StudentResult } from '../document.ts';
import type { Evidence } from '../engine/evidence.ts';
import { gradeSubmission } from '../engine/grade.ts';
import type { GradeRequest } from '../engine/request.ts';
import type { Candidate } from '../intake/submission.ts';
import { rubricHash } from '../rubric/parse.ts';
import type { Rubric } from '../rubric/rubric.ts';
import type { Seed } from '../rubric/seed.ts';
import type { Decisions } from '../score/decisions.ts';
import { score } from '../score/score.ts';
import { evidenceOfBug, guarded, isBug } from './bug.ts';
import { gradeJournal } from './journal.ts';
import { settingsFor } from './settings.ts';

export interface ClassRequest
  extends Pick<
    GradeRequest,
    'stock' | 'checked' | 'builder' | 'mirror' | 'startGuest' | 'workshop' | 'tool'
  > {
  readonly rubric: Rubric;
  /** The rubric's text: what was graded by another one is graded anew. */
  readonly rubricText: string;
  readonly seed: Seed;
  readonly decisions: Decisions;
  readonly candidates: readonly Candidate[];
  /** Where the journals lie. */
  readonly folder: string;
  /** Keys of those that are graded; all where it is absent. The others' marks come from their journals. */
  readonly only?: ReadonlySet<string>;
  /** Begin anew with whoever is graded. */
  readonly fresh: boolean;
  /** Submissions at once. */
  readonly jobs: number;
}

/** Times that a submission is tried where this computer fails. */
const mostTries = 2;

export interface ClassResults {
  /** By key: one for each candidate. */
  readonly students: readonly StudentResult[];
  /** Keys of those that `only` left out and no journal knows: they have no mark, and nothing failed at them. */
  readonly leftOut: ReadonlySet<string>;
  /** Bugs of ours that cost a submission its mark: to be thrown once all is written. */
  readonly bugs: readonly Error[];
}

/** Throws interruptions, and what the journal throws; leaves no machine. */
export async function gradeClass(context: Context, request: ClassRequest): Promise<ClassResults> {
  const { candidates, only, jobs } = request;
  const results = new Map<string, StudentResult>();
  const leftOut = new Set<string>();
  const bugs = new Map<string, Error>();
  const isSkipped = ({ key }: Candidate) => only !== undefined && !only.has(key);
  await step(context.emit, 'Grading', async (shown) => {
    // What ends the command must not wait for the rest of the class.
    const stop = new AbortController();
    let first: { readonly error: unknown } | undefined;
    const signal = firstOf(context.signal, stop.signal);
    const inner = { ...context, emit: shown.emit, signal };
    const work = candidates.filter(({ submission }) => submission !== undefined);
    const board = boardOf(shown, work.filter((one) => !isSkipped(one)).length);
    let waiting: readonly Candidate[] = work;
    for (let tries = 1; tries <= mostTries && waiting.length > 0; tries += 1) {
      const again: Candidate[] = [];
      const limit = pLimit(jobs);
      const all = waiting.map((candidate) =>
        limit(async () => {
          if (signal.aborted) throw labError('Interrupted', undefined);
          const skip = isSkipped(candidate);
          const { result, known, bug } = await gradeOne(inner, request, candidate, {
            skip,
            fresh: request.fresh && tries === 1,
          }).catch((error: unknown) => {
            first ??= { error };
            stop.abort();
            throw error;
          });
          results.set(candidate.key, result);
          if (bug === undefined) bugs.delete(candidate.key);
          else bugs.set(candidate.key, bug);
          if (!known && result.status === 'error') leftOut.add(candidate.key);
          if (result.status === 'error' && tries < mostTries && !skip) again.push(candidate);
          else if (!skip) board.done(result);
        }),
      );
      const ends = await Promise.allSettled(all);
      const failed = ends.find((end) => end.status === 'rejected');
      // The others were interrupted for the sake of the first.
      if (failed !== undefined) throw first === undefined ? failed.reason : first.error;
      waiting = again;
      if (again.length > 0) {
        const who = again.length === 1 ? 'One submission is' : `${again.length} submissions are`;
        shown.note(`${who} tried once more: this computer failed there`);
      }
    }
    shown.summary(board.summary());
  });
  for (const candidate of candidates)
    if (candidate.submission === undefined)
      results.set(candidate.key, score(request.rubric, candidate, undefined, request.decisions));
  const students = [...results.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  return { students, leftOut, bugs: [...bugs.values()] };
}

interface One {
  readonly result: StudentResult;
  /** Whether anything of the submission was ever looked at. */
  readonly known: boolean;
  readonly bug?: Error;
}

async function gradeOne(
  context: Context,
  request: ClassRequest,
  candidate: Candidate,
  { skip, fresh }: { skip: boolean; fresh: boolean },
): Promise<One> {
  const { rubric, decisions, seed } = request;
  const { key, name } = candidate;
  const settings = settingsFor(rubric, seed.text, key);
  const parts = partsOf(request, candidate);
  const path = join(request.folder, key, `${nameOf(parts)}.jsonl`);
  const journal = await openJournal(path, gradeJournal, parts, { fresh: fresh && !skip });
  const done = new Map(journal.entries.map((one) => [one.step, one.json]));
  try {
    const finished = (done.get(finalStep) ?? (skip ? done.get(failedStep) : undefined)) as
      | Evidence
      | undefined;
    const markOf = (evidence: Evidence | undefined) =>
      guarded(evidence, (known) => score(rubric, candidate, known, decisions));
    if (finished !== undefined || skip) return { ...markOf(finished), known: finished !== undefined };
    const one = await step(context.emit, name === key ? key : `${name} (${key})`, async (shown) => {
      const { submission } = candidate;
      const found = await gradeSubmission(quietly(context), {
        files: submission?.files ?? new Map(),
        documents: submission?.documents ?? [],
        ...(submission?.refused === undefined ? {} : { refused: submission.refused }),
        settings,
        stock: request.stock,
        ...(request.checked === undefined ? {} : { checked: request.checked }),
        builder: request.builder,
        mirror: request.mirror,
        startGuest: request.startGuest,
        ...(request.workshop === undefined ? {} : { workshop: request.workshop }),
        done,
        onStep: (name, json) => journal.append({ step: name, json }),
        tool: request.tool,
      }).then(
        (evidence) => ({ evidence, bug: undefined }),
        (error: unknown) => {
          if (!isBug(error)) throw error;
          return { evidence: evidenceOfBug(error), bug: error };
        },
      );
      const { evidence, bug } = found;
      const last = evidence.errors.length === 0 ? finalStep : failedStep;
      await journal.append({ step: last, json: evidence });
      const marked = markOf(evidence);
      shown.summary(markText(marked.result));
      return { ...marked, ...(bug === undefined ? {} : { bug }) };
    });
    return { ...one, known: true };
  } finally {
    await journal.close();
  }
}

/** All that is known, once nothing is left to do. */
const finalStep = 'evidence';
/** What is known where this computer failed: shown of whoever is not graded again, and never gone on from. */
const failedStep = 'failed';

function partsOf(request: ClassRequest, { submission }: Candidate): Parts {
  const { stock, checked, seed, tool } = request;
  return {
    submission: submission?.sha256 ?? '',
    rubric: rubricHash(request.rubricText),
    kernel: `${stock.arch} ${stock.release} ${stock.version}`,
    checked: checked === undefined ? '' : `${checked.release} ${checked.image}`,
    seed: seed.sha256,
    tool,
  };
}

/** By another rubric, or a submission that was changed, nothing of what was found before is lost. */
function nameOf(parts: Parts): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/** A class has hundreds of builds and machines; what they say of themselves is for the log. */
function quietly(context: Context): Context {
  return {
    ...context,
    emit: (event) => {
      if (event.type === 'output' || event.type === 'warning') context.emit(event);
    },
  };
}

function markText({ status, final, provisional, criteria }: StudentResult): string {
  const failed = criteria
    .filter((one) => one.status === 'fail' || one.status === 'partial')
    .map(({ id }) => id);
  const mark = final === null ? `${provisional} so far, ${status}` : String(final);
  return failed.length === 0 ? mark : `${mark}; not ${failed.join(', ')}`;
}

interface Board {
  done(result: StudentResult): void;
  summary(): string;
}

function boardOf(shown: Step, total: number): Board {
  let done = 0;
  let failed = 0;
  const counts = new Map<string, number>();
  shown.progress(0, 'submissions', total);
  return {
    done({ status, criteria }) {
      done += 1;
      counts.set(status, (counts.get(status) ?? 0) + 1);
      if (criteria.some((one) => one.status === 'fail')) failed += 1;
      const words = failedText(failed, counts.get('error') ?? 0);
      shown.progress(done, 'submissions', total, words === '' ? {} : { failed: words });
    },
    summary: () =>
      [
        plural(total, 'submission'),
        ...[...counts].sort().map(([status, count]) => `${count} ${status}`),
      ].join(', '),
  };
}

/** Whose work failed at something, and where this computer did. */
function failedText(failed: number, errors: number): string {
  return [
    ...(failed > 0 ? [`${failed} with failures`] : []),
    ...(errors > 0 ? [plural(errors, 'error')] : []),
  ].join(', ');
}
