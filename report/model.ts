/** result → document. Pure: the same result makes the same document. */
import type { Result } from '../lab/result.ts';
import type { Verdict } from '../lab/verdict.ts';
import type { ReportDocument } from './document.ts';
import { logSection } from './sections/log.ts';
import { type Proof, proofSections } from './sections/proof.ts';
import { costSection, findingsSections, resultsSection } from './sections/results.ts';
import { nameRuns } from './sections/runs.ts';
import { type Screenshots, screenshotsSection } from './sections/screenshots.ts';
import { setupSection } from './sections/setup.ts';
import { type SweepEvidence, sweepSections } from './sections/sweep.ts';
import { threadsSection } from './sections/threads.ts';

export interface Evidence {
  readonly verdict: Pick<Verdict, 'ok' | 'sentences' | 'advice'>;
  /** The whole of dmesg.txt. */
  readonly dmesg: string;
  readonly screenshots: Screenshots;
  readonly references: Screenshots;
  /** What `lab3 check` left in the folder. */
  readonly proof?: Proof | undefined;
  /** What `lab3 sweep` left there. */
  readonly sweep?: SweepEvidence | undefined;
}

export function describeResult(result: Result, evidence: Evidence): ReportDocument {
  const runs = nameRuns(result.runs);
  return {
    title: 'Kernel threads, a shared variable and a spinlock',
    subtitle: ['Report of the module ', { code: result.module.name }, ` · ${day(result.createdAt)}`],
    sections: [
      {
        id: 'question',
        title: 'Question and answer',
        blocks: [
          {
            kind: 'paragraph',
            text: [
              'Several kernel threads add to one shared variable at the same time: does every addition arrive? ',
              'The same module runs without a lock and under a lock, and both totals are held against the one that arithmetic expects.',
            ],
          },
          {
            kind: 'callout',
            tone: evidence.verdict.ok ? 'good' : 'bad',
            title: evidence.verdict.ok ? 'As expected' : 'Not as expected',
            sentences: evidence.verdict.sentences,
            advice: evidence.verdict.advice,
          },
        ],
      },
      resultsSection(runs),
      ...proofSections(evidence.proof, result.build.sourceSha256),
      ...findingsSections(result, runs),
      screenshotsSection(runs, evidence.screenshots, evidence.references),
      threadsSection(runs),
      costSection(result, runs),
      ...sweepSections(evidence.sweep, {
        sourceSha256: result.build.sourceSha256,
        kernel: result.guest.kernel,
      }),
      { id: 'conclusions', title: 'Conclusions', blocks: [{ kind: 'conclusions' }] },
      setupSection(result, runs),
      logSection(runs, evidence.dmesg),
    ],
  };
}

/** `2026-11-23 12:45 UTC` of an ISO 8601 time; the text itself where it is none. */
function day(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
