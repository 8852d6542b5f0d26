/**
 * `results.json`, `lab3.grades/1`: the marks of a class and what they rest on. Gradebooks, feedback and the class page
 * are made from it alone. The same submissions, rubric, kernel and seed give the same bytes: it holds no time of day.
 */
import { z } from 'zod';
import { checkNames, roles, statuses, visibilities } from './names.ts';

export const gradesSchemaName = 'lab3.grades/1';

/** Points have at most three digits after the point. */
const points = z.number().nonnegative();
/** From 0 to 1. */
const share = z.number().min(0).max(1);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** What a student's folder is called: safe as a name on every platform, and no two differ in case alone. */
export const keyPattern = /^[a-z0-9](?:[a-z0-9._-]{0,78}[a-z0-9_-])?$/;

const placeSchema = z.object({
  /** As the student knows it. */
  file: z.string(),
  line: z.number().int().positive(),
  function: z.string().optional(),
  /** The line itself. Student's text. */
  text: z.string().optional(),
});
export type GradePlace = z.infer<typeof placeSchema>;

const detailSchema = z.object({
  /** Of the rubric; absent for what belongs to no case, such as a build. */
  case: z.string().optional(),
  visibility: z.enum(visibilities),
  status: z.enum(statuses),
  /** In a sentence: what was tried and what happened. May hold a student's text. */
  what: z.string(),
  /** As insmod was given them. */
  parameters: z.record(z.string(), z.string()).optional(),
  vcpus: z.number().int().positive().optional(),
  places: z.array(placeSchema).optional(),
  /** The compiler's, kernel's or module's own words, cut to size. */
  raw: z.string().optional(),
});
export type GradeDetail = z.infer<typeof detailSchema>;

const criterionResultSchema = z.object({
  id: z.string(),
  status: z.enum(statuses),
  /** Null where there is nothing to count yet: skipped, review, error. */
  earned: points.nullable(),
  /** In a sentence. */
  what: z.string(),
  /** What to do about it. Absent where all is well. */
  hint: z.string().optional(),
  details: z.array(detailSchema),
});
export type CriterionResult = z.infer<typeof criterionResultSchema>;

const recognisedSchema = z.object({
  name: z.string(),
  files: z.array(z.string()),
  roles: z.array(z.enum(roles)),
  /** Role of a parameter (`n_threads`, `increment`, `n_times`, `lock`) → the student's name of it. */
  parameters: z.record(z.string(), z.string()),
});

const submissionSchema = z.object({
  /** Path below the folder that was graded, `/` between the parts. */
  source: z.string(),
  /** Others of the same student that were not taken. */
  others: z.array(z.string()),
  /** ISO 8601 where the course system said it. */
  submittedAt: z.string().optional(),
  /** Over names and contents of what was kept. */
  sha256,
  files: z.array(z.string()),
  /** What was left out or read differently, in sentences. */
  notes: z.array(z.string()),
  modules: z.array(recognisedSchema),
});

const studentSchema = z.object({
  key: z.string().regex(keyPattern),
  /** For people; may be the same for two. Student's text. */
  name: z.string(),
  /** Whatever a gradebook may look a student up by: columns of the roster, `canvas_id`, `moodle_id`, `email`, … */
  identities: z.record(z.string(), z.string()),
  onRoster: z.boolean(),
  submission: submissionSchema.optional(),
  /** `review` and `error`: the mark is not final. */
  status: z.enum(['graded', 'review', 'error', 'not_submitted']),
  late: z.object({ seconds: z.number().nonnegative(), share }).optional(),
  /** Sum of what was earned, before penalties; null while any criterion is open. */
  raw: points.nullable(),
  /** Points taken off. */
  penalty: points,
  final: points.nullable(),
  /** What `final` is at least, as far as is known. */
  provisional: points,
  /** In the order of the rubric; one for each of its criteria. */
  criteria: z.array(criterionResultSchema),
  /** Why a person must look, in sentences. */
  reviews: z.array(z.string()),
});
export type StudentResult = z.infer<typeof studentSchema>;

const similarSchema = z.object({
  a: z.string(),
  b: z.string(),
  /** Of the smaller one's tokens, template left out. */
  share,
  tokens: z.number().int().nonnegative(),
});
export type SimilarPair = z.infer<typeof similarSchema>;

export const gradesSchema = z.object({
  schema: z.literal(gradesSchemaName),
  tool: z.string(),
  assignment: z.object({
    title: z.string(),
    points,
    due: z.string().optional(),
    timeZone: z.string().optional(),
  }),
  rubric: z.object({ sha256 }),
  kernel: z.object({ release: z.string(), version: z.string(), checked: z.string().optional() }),
  /** Of the seed, not the seed: who has it knows every hidden case. */
  seedSha256: sha256,
  criteria: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      points,
      check: z.enum(checkNames),
      visibility: z.enum(visibilities),
    }),
  ),
  /** By key. */
  students: z.array(studentSchema),
  similar: z.array(similarSchema),
  /** Files of the folder that belong to nobody, and why. */
  unmatched: z.array(z.object({ source: z.string(), why: z.string() })),
  /** What is to be known of the class as a whole, in sentences. */
  remarks: z.array(z.string()).optional(),
});
export type Grades = z.infer<typeof gradesSchema>;
