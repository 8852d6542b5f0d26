import { expect, test } from 'vitest';
import { guessParameters } from '../../lab/parameters.ts';
import { hostileKinds, readSubmissions } from './submissions/expected.ts';
import { made } from './submissions/made.ts';
import { submissionsPage } from './submissions/page.ts';
import { personOf } from './submissions/people.ts';

const submissions = await readSubmissions();
const text = (content: Uint8Array) => Buffer.from(content).toString('utf8');

test('there are enough of them: honest ones, and every kind of hostile one', () => {
  expect(submissions.filter(({ kind }) => kind === 'good').length).toBeGreaterThanOrEqual(14);
  const kinds = new Set(submissions.map(({ kind }) => kind).filter((kind) => kind !== 'good'));
  expect([...kinds].sort((a, b) => Number(a) - Number(b))).toEqual(
    Array.from({ length: hostileKinds }, (_, at) => at + 1),
  );
});

test('the page lists them all', async () => {
  await expect(submissionsPage(submissions)).toMatchFileSnapshot('submissions/README.md');
});

test('no two are alike in what tells them apart', () => {
  const people = submissions.map(personOf);
  for (const key of ['name', 'login', 'id'] as const)
    expect(new Set(people.map((person) => person[key])).size, key).toBe(people.length);
  expect(new Set(submissions.map(({ title }) => title)).size).toBe(submissions.length);
});

test.each(submissions)('$name is named after its kind, and others that it names exist', (submission) => {
  const { name, kind, handed, files } = submission;
  expect(name).toMatch(kind === 'good' ? /^good_[a-z_]+$/ : new RegExp(`^${String(kind).padStart(2, '0')}_`));
  for (const other of [handed.with, handed.also].filter((wanted) => wanted !== undefined))
    expect(submissions.map((one) => one.name)).toContain(other);
  expect(made[name] !== undefined).toBe(handed.as === 'made');
  const isBare = ['06_bomb', '06_liar', '06_newlines', '10_only_prebuilt', '23_empty', '24_absent'].includes(
    name,
  );
  expect(files.size === 0 && handed.with === undefined).toBe(isBare);
});

test.each(submissions)('$name names no place of a computer but those that every one has', ({ files }) => {
  const usual = /^\/(?:bin|dev|etc|lib\/modules|proc|sbin|sys|tmp\/lab3-|usr\/(?:bin|sbin|src))\b/;
  for (const content of files.values()) {
    const paths = text(content).match(/(?<=^|[\s"'=(>])\/[a-z]{2,}\/[^\s"']*/g) ?? [];
    expect(paths.filter((path) => !usual.test(path))).toEqual([]);
  }
});

const odd = ['good_no_increment', '22_other_names'];
const works = submissions.filter(
  ({ kind, name, statuses }) => (kind === 'good' || statuses.parameters === 'pass') && !odd.includes(name),
);

test.each(works)('parameters of $name can be told by their looks', ({ files }) => {
  for (const [name, content] of files) {
    const parameters = [
      ...text(content).matchAll(
        /\bmodule_param\((\w+), (\w+), [\w|]+\);(?:\nMODULE_PARM_DESC\(\1, "(.*)"\);)?/g,
      ),
    ];
    if (!name.endsWith('.c') || parameters.length === 0) continue;
    const { params, ambiguous } = guessParameters(
      parameters.map(([, parameter = '', type = '', description]) => ({
        name: parameter,
        type,
        ...(description === undefined ? {} : { description }),
      })),
    );
    expect(ambiguous).toEqual([]);
    expect(Object.keys(params).sort()).toEqual(
      ['increment', 'lock', 'n_threads', 'n_times']
        .slice(0, 4)
        .filter((role) => role !== 'lock' || parameters.length > 3),
    );
  }
});
