/** The rubric as it is written: every setting with its shape, its default and what it means. */
import { parameterRoles } from '../../lab/parameters.ts';
import { readTemplate, type TemplateKind } from '../../lab/template.ts';
import { defaultLimits, defaultSettings } from '../engine/request.ts';
import { roles } from '../names.ts';
import { draw } from './draws.ts';
import { criterion, criterionKeys } from './layout-criterion.ts';
import { list } from './list.ts';
import { name, patterns, share, visibility } from './parts.ts';
import {
  type CaseRule,
  type LateRules,
  type Limits,
  type ModuleRules,
  type Rubric,
  remarks,
  rosterColumns,
  type SeedSource,
  type SubmissionRules,
} from './rubric.ts';
import { record, section } from './section.ts';
import { decimal, integer, matching, oneLine, text, word } from './shape.ts';
import * as standard from './standard.ts';
import { instantOf, isTimeZone, timeZones } from './zone.ts';

const identifier = matching('the name of a module parameter: letters, digits and _', /^[A-Za-z_]\w{0,62}$/);
const lockWord = matching('a word without spaces: letters, digits and . + - _', /^[\w.+-]{1,64}$/);

const templates = (kind: TemplateKind) =>
  list(
    text('a format as in printk, such as "Result = %d" or "thread {index}: {value}"', (typed) => {
      const answer = readTemplate(kind, typed);
      return 'problem' in answer ? answer.problem : true;
    }),
    { most: 20, what: 'formats' },
  );

const assignment = section<Rubric['assignment']>({
  title: { shape: oneLine('a title in one line'), hint: '', standard: 'Kernel threads' },
  points: {
    shape: decimal(0, 100_000),
    hint: 'What the criteria come to; checked, so that a slip in one of them shows.',
    standard: 100,
  },
  due: {
    shape: text('a date with a time, such as 2027-03-01T23:59', (typed) =>
      instantOf(typed, 'UTC') === undefined ? 'is no date with a time' : true,
    ),
    hint: 'When it is due, by the clocks of time_zone. Without it nothing is late.',
    example: '2027-03-01T23:59',
  },
  timeZone: {
    shape: text('a time zone by its IANA name, such as Europe/Moscow', isTimeZone, {}, timeZones),
    hint: 'IANA name of the time zone; summer time is reckoned with.',
    standard: 'UTC',
  },
});

const submission = section<SubmissionRules>({
  keep: {
    shape: patterns,
    hint: 'Files that are kept: * any characters, ** any folders, {a,b} either. A pattern without / fits in every folder. All else is left out and said.',
    standard: standard.keep,
  },
  roster: {
    shape: record(
      rosterColumns,
      () => ({
        shape: list(oneLine('a column of the roster', 100), { most: 20, what: 'columns' }),
        hint: '',
        standard: [],
      }),
      { comments: false },
    ),
    hint: 'Columns of your roster, where they have other names than the usual ones; of several names the first that it has.',
  },
  roles: {
    shape: record(roles, (role) => ({ shape: patterns, hint: '', standard: standard.roleNames[role] }), {
      comments: false,
    }),
    hint: 'How modules or their files are called, where there is one for each role. unlocked is tried first. A module whose parameter chooses the lock has both roles.',
  },
});

const module = section<ModuleRules>({
  params: {
    shape: record(
      parameterRoles,
      () => ({
        shape: list(identifier, { most: 40, what: 'names' }),
        hint: '',
        standard: [],
      }),
      { comments: false },
    ),
    hint: 'What parameters are called, as in n_threads: [num_thr]. Others are told by their look; what could be two is for review.',
  },
  lockValues: {
    shape: record(
      roles,
      (role) => ({
        shape: list(lockWord, { least: 1, most: 40, what: 'words' }),
        hint: '',
        standard: defaultSettings.lockValues[role],
      }),
      { comments: false },
    ),
    hint: 'What the parameter of the lock is given for each role, the likeliest first.',
  },
  patterns: {
    shape: record(
      ['total', 'thread', 'list', 'time'] as const,
      (kind) => ({ shape: templates(kind), hint: '', standard: [] }),
      { comments: false },
    ),
    hint: 'How results are printed, where that is not recognised: printk formats, as in total: ["Global_Counter = %i"]. {value}, {values}, {index}, {time_ms} name a number.',
  },
});

const mebibyte = 2 ** 20;

const limits = section<Limits>({
  buildSeconds: {
    shape: integer(1, 3600),
    hint: 'A build that takes longer is ended.',
    standard: defaultLimits.buildSeconds,
  },
  buildMemoryMib: {
    shape: integer(256, 65_536),
    hint: 'A build that takes more memory is ended, in MiB.',
    standard: defaultLimits.buildMemoryBytes / mebibyte,
  },
  runSeconds: {
    shape: integer(1, 3600),
    hint: 'Time of a run by the clock of its machine; its steps are given more on top of it.',
    standard: defaultLimits.runSeconds,
  },
  consoleKib: {
    shape: integer(4, 16_384),
    hint: 'What is kept of what a run prints, in KiB.',
    standard: defaultLimits.consoleBytes / 1024,
  },
  memoryMib: {
    shape: integer(128, 65_536),
    hint: 'Memory of the machine that runs a module, in MiB.',
    standard: 256,
  },
});

const caseRule = section<CaseRule>(
  {
    name: { shape: name, hint: 'What it is called in the results.', required: true },
    count: {
      shape: integer(1, 20),
      hint: 'So many are drawn for each student; without it, it is one case with fixed numbers.',
    },
    nThreads: { shape: draw(1, 1024), hint: 'Threads: 7, 2..16 or [2, 4, 8].', required: true },
    increment: { shape: draw(1, 1_000_000), hint: 'What a step adds.', required: true },
    nTimes: { shape: draw(1, 1_000_000_000), hint: 'Steps of a thread.', required: true },
    vcpus: { shape: draw(1, 64), hint: 'Virtual CPUs; each number of them costs a machine of its own.' },
    visibility: { shape: visibility, hint: 'Who sees its numbers, and when.' },
  },
  { comments: false },
);

const seed = section<SeedSource>({
  env: {
    shape: matching('the name of an environment variable', /^[A-Za-z_]\w{0,99}$/),
    hint: 'Environment variable with a secret text.',
    standard: 'LAB3_GRADE_SEED',
  },
  file: {
    shape: oneLine('a file, relative to the rubric'),
    hint: 'File with a secret text, relative to this one.',
    example: 'seed.txt',
  },
});

const late = section<LateRules>({
  per: { shape: word(['day', 'hour'] as const), hint: 'Counted from the due time.', standard: 'day' },
  share: { shape: share, hint: 'Share of the mark, for each day or hour begun.', standard: 0.1 },
  graceMinutes: { shape: integer(0, 100_000), hint: 'So late costs nothing.', standard: 15 },
  most: { shape: share, hint: 'It never costs more.', standard: 0.5 },
  cutOffDays: {
    shape: integer(1, 3650),
    hint: 'Later than so many days nothing counts any more.',
    example: '14',
  },
});

export const layout = section<Rubric>({
  assignment: { shape: assignment, hint: 'What is set.' },
  submission: { shape: submission, hint: 'What is handed in.' },
  module: { shape: module, hint: 'How students’ modules may speak.' },
  limits: { shape: limits, hint: 'What a submission may use.' },
  machine: {
    shape: section<Rubric['machine']>({
      vcpus: {
        shape: integer(1, 64),
        hint: 'Virtual CPUs of cases that name none; with one, threads hardly ever meet.',
        standard: 2,
      },
    }),
    hint: 'The machine that modules run in.',
  },
  cases: {
    shape: list(caseRule, { least: 1, most: 20, what: 'cases' }),
    hint: 'What modules are run with. A case with count is drawn for each student, from numbers (7), ranges (2..16, 10_000..50_000 +1_000) or lists ([2, 4, 8]); nobody sees its numbers unless visibility says so.',
    standard: standard.cases,
  },
  seed: {
    shape: seed,
    hint: 'The secret that cases are drawn by. Without one this file is taken, and who has it can reckon them out.',
  },
  criteria: {
    shape: list(criterion, { least: 1, most: 100, what: 'criteria' }),
    hint: `What marks are given for: ${criterionKeys} Also on offer: style (coding style, thresholds), report (files), manual (points that a person gives).`,
    standard: standard.criteria,
  },
  late: { shape: late, hint: 'What lateness costs; nothing is late without assignment.due.' },
  review: {
    shape: list(word(remarks), { most: remarks.length, what: 'remarks' }),
    hint: `Remarks that leave a mark open until a person has looked, of ${remarks.join(' ')}.`,
    standard: standard.review,
  },
});
