import { expect, test } from 'vitest';
import { usualJobs } from '../../cli/grade.ts';

const gibibyte = 2 ** 30;

test.each([
  [1, 8, 2],
  [2, 8, 3],
  [4, 16, 5],
  [8, 32, 10],
  [16, 8, 8],
  [2, 1, 1],
  [2, 0.5, 1],
])('%d cores and %d GiB of memory grade %d submissions at once', (cores, gibibytes, jobs) => {
  expect(usualJobs(cores, gibibytes * gibibyte)).toBe(jobs);
});
