/**
 * Every module of the corpus as `lab3 check` sees it: its fault by its name and at its line, and nothing else.
 *
 *     LAB3_TEST_CORPUS=all           all modules; a few by default, which take a minute
 *     LAB3_TEST_CORPUS=a,b           these modules alone
 *     LAB3_TEST_KASAN=1              all of them with the second kernel too; otherwise those without a fault, and those
 *                                    with one that only it sees, where there are any of these
 *     LAB3_TEST_CORPUS_RUNS=5        every module so many times over
 *     LAB3_TEST_CORPUS_PAGE=write    writes docs/faults.md, the rows of these modules: node scripts/faults.mjs
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import pLimit from 'p-limit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCorpus } from '../corpus/corpus.ts';
import { type Judgement, judge } from '../corpus/judge.ts';
import { faultsPage, type Row } from '../corpus/page.ts';
import { checkCorpusModule, type Kernels } from '../corpus/run.ts';
import { checkedKernel, checkedKernelTimeout, realContext } from './real-context.ts';

const context = realContext();
const times = Number(process.env.LAB3_TEST_CORPUS_RUNS ?? 1);
const quick = ['race_no_lock', 'right_spinlock'];
const wanted = process.env.LAB3_TEST_CORPUS?.split(',') ?? quick;
const everything = await readCorpus();
const corpus = everything.filter(({ name }) => wanted.includes(name) || wanted.includes('all'));
/** It takes as long to build as the first one, and sees reads alone that the first one does not. */
const allOnKasan = process.env.LAB3_TEST_KASAN === '1';
const withKasan = allOnKasan || corpus.some(({ kernel }) => kernel === 'kasan');
/** One of them may wait for all others. */
const timeout = 60 * 60_000;

/** One more than two cores serve, for some wait for their machine to hang; a test waits for its own. */
const outcomes = new Map<string, Promise<Judgement[]>>();
beforeAll(async () => {
  const one: Kernels = { checked: await checkedKernel(context) };
  const both = withKasan ? { ...one, kasan: await checkedKernel(context, 'kasan') } : one;
  const limit = pLimit(3);
  for (const module of corpus) {
    const kernels = allOnKasan || module.kernel === 'kasan' || module.kind === 'none' ? both : one;
    const outcome = limit(async () => {
      const judgements: Judgement[] = [];
      for (let turn = 0; turn < times; turn += 1) {
        const began = performance.now();
        const judgement = judge(module, await checkCorpusModule(context, kernels, module));
        judgements.push(judgement);
        // All of them take minutes: who waits wants to see them come.
        const seconds = Math.round((performance.now() - began) / 1000);
        process.stderr.write(
          `${module.name} ${seconds} s ${judgement.problems.join('; ') || 'as expected'}\n`,
        );
      }
      return judgements;
    });
    outcome.catch(() => undefined);
    outcomes.set(module.name, outcome);
  }
}, checkedKernelTimeout);

afterAll(async () => {
  if (process.env.LAB3_TEST_CORPUS_PAGE !== 'write') return;
  const file = fileURLToPath(new URL('../../docs/faults.md', import.meta.url));
  const rows = everything.map(async (module): Promise<Row> => {
    const outcome = outcomes.get(module.name);
    return { module, found: outcome === undefined ? 'not run' : (await outcome)[0]?.found };
  });
  const page = faultsPage(await Promise.all(rows), await readFile(file, 'utf8').catch(() => ''));
  await writeFile(file, page);
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
