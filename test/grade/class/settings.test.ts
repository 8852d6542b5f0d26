import { expect, test } from 'vitest';
import { settingsFor } from '../../../grade/class/settings.ts';
import { parseRubric } from '../../../grade/rubric/parse.ts';
import { newRubric } from '../../../grade/rubric/write.ts';

const rubric = parseRubric(newRubric(), 'rubric.yaml');
const seed = 'a seed of some length';

test('the exercise as it comes asks for everything it gives points for', () => {
  const settings = settingsFor(rubric, seed, 'ada');
  expect(settings).toMatchObject({ check: true, early: ['locked'], compatibility: false });
  expect(settings.reloadCycles).toBeGreaterThan(0);
  expect(settings.cases.length).toBeGreaterThan(1);
  expect(settings.forbiddenSymbols).toContain('_raw_spin_lock');
  expect(settings.limits.consoleBytes).toBe(rubric.limits.consoleKib * 1024);
  expect(settings.limits.buildMemoryBytes).toBe(2 ** 30);
  const less = { ...rubric, limits: { ...rubric.limits, buildMemoryMib: 512 } };
  expect(settingsFor(less, seed, 'ada').limits.buildMemoryBytes).toBe(2 ** 29);
});

test('what no criterion looks at is not tried', () => {
  const few = {
    ...rubric,
    criteria: rubric.criteria.filter(({ check }) => check === 'builds' || check === 'total'),
  };
  expect(settingsFor(few, seed, 'ada')).toMatchObject({
    check: false,
    early: [],
    reloadCycles: 0,
    style: false,
    forbiddenSymbols: [],
    reportFiles: [],
  });
});

test('cases are a student’s own, and the same each time', () => {
  const cases = (key: string) => settingsFor(rubric, seed, key).cases;
  expect(cases('ada')).toEqual(cases('ada'));
  expect(cases('ada')).not.toEqual(cases('bela'));
});
