/**
 * Every module of the corpus as `lab3 check` sees it: its fault by its name and at its line, and nothing else.
 *
 *     LAB3_TEST_CORPUS=all           all modules; a few by default, which take a minute
 *     LAB3_TEST_CORPUS=a,b           these modules alone
 *     LAB3_TEST_CORPUS_RUNS=5        every module so many times over
 *     LAB3_TEST_CORPUS_PAGE=write    writes docs/faults.md: node scripts/faults.mjs
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import pLimit from 'p-limit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Kernel } from '../../provision/kernel/kernel.ts';
import { readCorpus } from '../corpus/corpus.ts';
import { type Judgement, judge } from '../corpus/judge.ts';
import { faultsPage } from '../corpus/page.ts';
import { checkCorpusModule } from '../corpus/run.ts';
import { checkedKernel, checkedKernelTimeout, realContext } from './real-context.ts';

const context = realContext();
const times = Number(process.env.LAB3_TEST_CORPUS_RUNS ?? 1);
const quick = ['race_no_lock', 'right_spinlock'];
const wanted = process.env.LAB3_TEST_CORPUS?.split(',') ?? quick;
const corpus = (await readCorpus()).filter(({ name }) => wanted.includes(name) || wanted.includes('all'));
/** One of them may wait for all others. */
const timeout = 60 * 60_000;

/** Two at once, as two cores serve; a test waits for its own. */
const outcomes = new Map<string, Promise<Judgement[]>>();
beforeAll(async () => {
  const kernel: Kernel = await checkedKernel(context);
  const limit = pLimit(2);
  for (const module of corpus) {
    const outcome = limit(async () => {
      const judgements: Judgement[] = [];
      for (let turn = 0; turn < times; turn += 1) {
        judgements.push(judge(module, await checkCorpusModule(context, kernel, module)));
      }
      return judgements;
    });
    outcome.catch(() => undefined);
    outcomes.set(module.name, outcome);
  }
}, checkedKernelTimeout);

afterAll(async () => {
  if (process.env.LAB3_TEST_CORPUS_PAGE !== 'write') return;
  const rows = corpus.map(async (module) => ({
    module,
    found: (await outcomes.get(module.name))?.[0]?.found,
  }));
  const page = faultsPage(await Promise.all(rows));
  await writeFile(fileURLToPath(new URL('../../docs/faults.md', import.meta.url)), page);
}, timeout);

test.each(corpus)(
  '$name: $kind, $title',
  async ({ name }) => {
    const judgements = (await outcomes.get(name)) ?? [];
    expect(judgements).toHaveLength(times);
    expect(judgements.flatMap(({ problems }) => problems)).toEqual([]);
  },
  timeout,
);
