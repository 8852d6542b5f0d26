import { describe, expect, test } from 'vitest';
import { parseRubric } from '../../../grade/rubric/parse.ts';
import { roleOfName } from '../../../grade/rubric/roles.ts';

describe('roles by name', () => {
  const rubric = parseRubric('', 'rubric.yaml');
  test.each([
    ['lab3_nolock.c', 'unlocked'],
    ['no-lock', 'unlocked'],
    ['unlocked', 'unlocked'],
    ['race.c', 'unlocked'],
    ['kthreads_without_spinlock', 'unlocked'],
    ['lab3_spinlock', 'locked'],
    ['src/with_lock.c', 'locked'],
    ['counter_lock', 'locked'],
    ['trace', undefined],
    ['lab3', undefined],
  ])('%s is %s', (name, role) => {
    expect(roleOfName(rubric, name)).toBe(role);
  });
});
