/**
 * What Gradescope accepts as `results.json`, by its Autograder Specifications
 * (gradescope-autograders.readthedocs.io/en/latest/specs/): “Output format”, “Controlling Test Case Visibility”,
 * “Test case status”, “Output String Formatting”.
 */
import { z } from 'zod';

const visibility = z.enum(['hidden', 'after_due_date', 'after_published', 'visible']);
const format = z.enum(['text', 'html', 'simple_format', 'md', 'ansi']);

const results = z.strictObject({
  score: z.number().optional(),
  execution_time: z.number().optional(),
  output: z.string().optional(),
  output_format: format.optional(),
  test_output_format: format.optional(),
  test_name_format: format.optional(),
  visibility: visibility.optional(),
  stdout_visibility: visibility.optional(),
  extra_data: z.record(z.string(), z.unknown()).optional(),
  tests: z
    .array(
      z.strictObject({
        score: z.number().optional(),
        max_score: z.number().optional(),
        status: z.enum(['passed', 'failed']).optional(),
        name: z.string().optional(),
        name_format: format.optional(),
        number: z.string().optional(),
        output: z.string().optional(),
        output_format: format.optional(),
        tags: z.array(z.string()).optional(),
        visibility: visibility.optional(),
        extra_data: z.record(z.string(), z.unknown()).optional(),
      }),
    )
    .optional(),
});

export interface Shown {
  /** The mark that the instructor sees. */
  readonly score: number;
  /** Absent for a student while one of the tests is hidden. */
  readonly studentSees: number | undefined;
  readonly tests: readonly { name: string; passed: boolean | undefined; output: string }[];
}

/** Throws where Gradescope would say that the autograder's output is no good. */
export function importGradescope(text: string, published: boolean): Shown {
  const document = results.parse(JSON.parse(text));
  const tests = document.tests ?? [];
  // “optional, but required if not on each test case”; “Overrides total of tests if specified”.
  if (document.score === undefined && (tests.length === 0 || tests.some(({ score }) => score === undefined)))
    throw new Error('no score');
  const score = document.score ?? tests.reduce((sum, test) => sum + (test.score ?? 0), 0);
  const seen = tests.filter(({ visibility: own }) => {
    const when = own ?? document.visibility ?? 'visible';
    return when === 'visible' || (published && when !== 'hidden');
  });
  return {
    score,
    studentSees: seen.length === tests.length ? score : undefined,
    tests: seen.map((test) => ({
      name: test.name ?? '',
      // “By default, test cases where the student was awarded the max_score points are marked as passing.”
      passed:
        test.status === undefined
          ? test.score === undefined || test.max_score === undefined
            ? undefined
            : test.score >= test.max_score
          : test.status === 'passed',
      output: test.output ?? '',
    })),
  };
}
