import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { faultKinds, remarkKinds } from '../../lab/check/kinds.ts';
import { guessParameters } from '../../lab/parameters.ts';
import { readCorpus } from './corpus.ts';

const corpus = await readCorpus();
const faulty = corpus.filter(({ kind }) => kind !== 'none');

test('there are enough of them: faults of every kind, and right ones', () => {
  expect(faulty.length).toBeGreaterThanOrEqual(25);
  expect(corpus.length - faulty.length).toBeGreaterThanOrEqual(8);
  // One virtual CPU is the machine's, not a module's.
  const kinds = [...faultKinds, ...remarkKinds].filter((kind) => kind !== 'one-vcpu');
  expect(new Set(faulty.map(({ kind }) => kind))).toEqual(new Set(kinds));
  expect(new Set(corpus.map(({ title }) => title)).size).toBe(corpus.length);
});

test.each(corpus)('$name is the exercise, with its parameters and a total', ({ name, source }) => {
  const parameters = [...source.matchAll(/^module_param\((\w+), (\w+), 0444\);$/gm)].map(
    ([, parameter = '', type = '']) => ({ name: parameter, type }),
  );
  const { params, ambiguous } = guessParameters(parameters);
  expect(ambiguous).toEqual([]);
  expect(Object.keys(params)).toEqual(expect.arrayContaining(['n_threads', 'increment', 'n_times']));
  expect(Object.keys(params)).toHaveLength(parameters.length);
  expect(source).toMatch(/pr_info\("total=%llu/);
  expect(source).toContain(`module_init(${name}_init);`);
  expect(source.split('\n').length).toBeLessThan(160);
});

/** Where no line of the module's own can be named: what is missing has none. */
const placeless = ['load-failed', 'never-overlapped', 'lost-updates'];

test.each(faulty)('$name says where its fault is', ({ kind, marked }) => {
  if (!placeless.includes(kind)) expect(marked.length).toBeGreaterThan(0);
});

test.each(corpus.filter(({ kind }) => kind === 'none'))('$name has no fault', ({ marked, also }) => {
  expect({ marked, also }).toEqual({ marked: [], also: [] });
});

test('the page of faults is of these modules, and each was found', async () => {
  const page = await readFile(new URL('../../docs/faults.md', import.meta.url), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| [`'));
  expect(rows.map((row) => /`(\w+)`/.exec(row)?.[1]).sort()).toEqual(corpus.map(({ name }) => name).sort());
  for (const { title } of corpus) expect(page).toContain(title.replaceAll(/[|<>*_`\\]/g, '\\$&'));
  expect(rows.filter((row) => row.split(' | ')[2] === 'nothing')).toEqual([]);
});
