/** A criterion as it is written, with the settings that some checks have of their own. */
import { checkNames } from '../names.ts';
import { list } from './list.ts';
import { mostPattern, name, patterns, visibility } from './parts.ts';
import type { Criterion } from './rubric.ts';
import { section } from './section.ts';
import { decimal, flag, integer, oneLine, word } from './shape.ts';

const thresholds = section<NonNullable<Criterion['thresholds']>>(
  {
    full: { shape: integer(0, 100_000), hint: 'Up to so many cost nothing.', standard: 0 },
    none: { shape: integer(1, 100_000), hint: 'From so many on nothing is earned.', required: true },
  },
  { comments: false },
);

export const criterion = section<Criterion>(
  {
    id: { shape: name, hint: 'Its column in the results.', required: true },
    title: { shape: oneLine('a title in one line'), hint: 'For people.', required: true },
    points: { shape: decimal(0, 100_000), hint: '', required: true },
    check: { shape: word(checkNames), hint: 'What is looked at.', required: true },
    needs: {
      shape: list(name, { most: 20, what: 'criteria' }),
      hint: 'Criteria that must not have failed; else it is skipped, and says why.',
      standard: [],
    },
    credit: {
      shape: word(['all', 'each'] as const),
      hint: 'all: every case has to pass; each: the share of the cases that do.',
      standard: 'all',
    },
    inconclusive: {
      // Never nothing: what was not shown is not refuted.
      shape: decimal(0.001, 1),
      hint: 'Share of the points where nothing could be shown either way.',
      standard: 1,
    },
    hint: { shape: oneLine('a hint in one line', 1000), hint: 'For the student, in place of lab3’s own.' },
    visibility: { shape: visibility, hint: 'Who sees it, and when.', standard: 'visible' },
    forbid: {
      shape: list(oneLine('a pattern of kernel symbols, such as mutex_lock*', mostPattern), {
        most: 100,
        what: 'patterns',
      }),
      hint: 'own-lock: symbols of the kernel that the module may not use.',
    },
    cycles: { shape: integer(1, 1000), hint: 'reload: how often it is loaded and unloaded.' },
    compatibility: {
      shape: section<NonNullable<Criterion['compatibility']>>(
        {
          allow: { shape: flag, hint: 'Whether the header is tried.', standard: false },
          penalty: {
            shape: decimal(0, 0.999),
            hint: 'Share of the points that it costs.',
            standard: 0.5,
          },
        },
        { comments: false },
      ),
      optional: true,
      hint: 'builds: whether calls that newer kernels dropped are given back by a header, and at what price.',
    },
    thresholds: {
      shape: thresholds,
      hint: 'warnings and style: how many cost nothing, and how many cost all; between the two it falls evenly.',
    },
    files: { shape: patterns, hint: 'report: what counts as one.' },
  },
  { comments: false, brief: true },
);

/** In a new rubric they stand above all of them, once. */
export const criterionKeys =
  'id, title, points; check: what is looked at; needs: criteria that must not have failed, or it is skipped; credit: all or each (share of the cases that pass); inconclusive: share of the points where nothing could be shown either way; hint: in place of lab3’s own; visibility: visible, after_due_date, after_published or hidden.';
