import { expect, test } from 'vitest';
import { cut } from '../../../grade/engine/run.ts';
import { stepsOf } from '../../../grade/engine/steps.ts';
import { labError } from '../../../lab/errors.ts';

const broken = () => Promise.reject(labError('NoBuilder', { tried: [] }));

test('a step is told once it is done, and one that was done is not done again', async () => {
  const told: [string, unknown][] = [];
  const onStep = (name: string, json: unknown) => void told.push([name, json]);
  const steps = stepsOf({ done: new Map([['reload', ['before']]]), onStep });
  expect(await steps.take('reload', 'runs', broken)).toEqual(['before']);
  expect(await steps.take('style', 'style', async () => 'now')).toBe('now');
  expect(told).toEqual([['style', 'now']]);
});

test('what this computer could not do is said, and not told as done', async () => {
  const told: string[] = [];
  const steps = stepsOf({ onStep: (name) => void told.push(name) });
  expect(await steps.take('run:a:locked', 'runs', broken)).toBeUndefined();
  expect(steps.hopeless('runs')).toBe(false);
  await steps.take('run:b:locked', 'runs', broken);
  expect(steps.hopeless('runs')).toBe(true);
  expect(steps.hopeless('check')).toBe(false);
  expect(steps.errors).toMatchObject([{ name: 'NoBuilder', concerns: 'runs' }, {}]);
  expect(told).toEqual([]);
});

test('interruptions, bugs and a journal that fails pass through', async () => {
  const steps = stepsOf({ onStep: () => Promise.reject(labError('DiskFull', { path: 'journal' })) });
  await expect(
    steps.take('a', 'runs', () => Promise.reject(labError('Interrupted', undefined))),
  ).rejects.toThrow();
  await expect(steps.take('a', 'runs', () => Promise.reject(new TypeError('bug')))).rejects.toThrow('bug');
  await expect(steps.take('a', 'runs', async () => 1)).rejects.toMatchObject({ name: 'DiskFull' });
  expect(steps.errors).toEqual([]);
});

test('a long console keeps its beginning and its end, and counts what is missing', () => {
  expect(cut('short', 10)).toEqual({ text: 'short', dropped: 0 });
  const { text, dropped } = cut(`begin${'é'.repeat(1000)}end!!`, 20);
  expect(text).toMatch(/^beginéé\n\[lab3: \d+ bytes are left out here\]\nééend!!$/);
  expect(dropped).toBe(2010 - 20);
});
