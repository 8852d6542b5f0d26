/** What holds where a rubric says nothing: the exercise as it is set. */
import { defaultKeep } from '../intake/patterns.ts';
import type { CheckName, Visibility } from '../names.ts';
import type { CaseRule, Criterion, Remark } from './rubric.ts';

export const keep = [...defaultKeep, '*.pdf', '*.docx', '*.odt', '*.md', '*.rst', '*.html', '*.jpeg'];

export const reportFiles = ['*.pdf', '*.docx', '*.odt', '*.md', '*.rst', '*.html', '*report*.txt'];

export const roleNames = {
  unlocked: [
    '*nolock*',
    '*no_lock*',
    '*no-lock*',
    '*unlock*',
    '*without*',
    'race*',
    '*_race*',
    '*-race*',
    '*unsafe*',
    '*nospin*',
    '*no_spin*',
    '*no-spin*',
    '*nosync*',
    '*bez*',
  ],
  locked: ['*lock*', '*spin*', '*safe*', '*sync*', '*mutex*', '*atomic*'],
};

/**
 * What the kernel offers in place of a lock of one's own. Semaphores are not here: threads may say by one that they
 * have ended.
 */
export const forbiddenSymbols = [
  '_raw_spin_lock',
  '_raw_spin_lock_irq',
  '_raw_spin_lock_irqsave',
  '_raw_spin_lock_bh',
  '_raw_spin_trylock',
  'queued_spin_lock_slowpath',
  '_raw_read_lock',
  '_raw_write_lock',
  'mutex_lock',
  'mutex_lock_interruptible',
  'mutex_lock_killable',
  'mutex_trylock',
  'rt_mutex_lock',
  'down_read',
  'down_write',
];

export const cases: readonly CaseRule[] = [
  {
    name: 'public',
    nThreads: { oneOf: [10] },
    increment: { oneOf: [2] },
    nTimes: { oneOf: [20_000] },
    visibility: 'visible',
  },
  {
    name: 'drawn',
    // One is enough against answers learnt by heart; each costs every submission a machine.
    count: 1,
    nThreads: { from: 3, to: 12, step: 1 },
    increment: { from: 3, to: 9, step: 1 },
    nTimes: { from: 4_000, to: 12_000, step: 500 },
    visibility: 'hidden',
  },
];

export const review: readonly Remark[] = [
  'opt-out',
  'lock-not-shared',
  'role-unclear',
  'parameter-unclear',
  'total-unclear',
  'flood',
  'tampering',
  'identity-unclear',
  'time-unclear',
  'names-unclear',
];

/** What a criterion may say beyond what all of them may, and what holds without. */
export const ownSettings: Readonly<
  Partial<
    Record<
      CheckName,
      Partial<Pick<Criterion, 'forbid' | 'cycles' | 'compatibility' | 'thresholds' | 'files'>>
    >
  >
> = {
  builds: { compatibility: { allow: false, penalty: 0.5 } },
  warnings: { thresholds: { full: 0, none: 5 } },
  'own-lock': { forbid: forbiddenSymbols },
  reload: { cycles: 5 },
  style: { thresholds: { full: 5, none: 50 } },
  report: { files: reportFiles },
};

const visible: Visibility = 'visible';
const rule = (
  id: CheckName,
  title: string,
  points: number,
  needs: readonly string[],
  credit: Criterion['credit'] = 'all',
): Criterion => ({
  id,
  title,
  points,
  check: id,
  needs,
  credit,
  inconclusive: 1,
  visibility: visible,
  ...ownSettings[id],
});

/** Without threads nothing beyond the build is earned: a module that only prints a number could have all the rest. */
export const criteria: readonly Criterion[] = [
  rule('builds', 'It compiles', 10, [], 'each'),
  rule('warnings', 'It compiles without warnings', 5, ['builds']),
  rule('parameters', 'It follows its parameters', 7, ['builds', 'threads']),
  rule('threads', 'It makes its threads', 10, ['builds'], 'each'),
  rule('total', 'Under its lock the total is exact', 20, ['builds', 'threads']),
  rule('race-shown', 'Without the lock the race shows', 5, ['builds', 'threads']),
  rule('list', 'Each thread leaves a node in the list', 7, ['builds', 'threads'], 'each'),
  rule('own-lock', 'The lock is of its own making', 5, ['builds', 'threads']),
  rule('no-race', 'No data race under the lock', 10, ['builds', 'threads']),
  rule('lock-misuse', 'No deadlock, no sleep under the lock', 5, ['builds', 'threads']),
  rule('leaks', 'No leak, nothing used after it was freed', 5, ['builds', 'threads']),
  rule('early-unload', 'It can be unloaded while its threads work', 5, ['builds', 'threads']),
  rule('reload', 'It can be loaded and unloaded again and again', 3, ['builds', 'threads']),
  rule('nothing-left', 'No thread outlives it', 3, ['builds', 'threads']),
];
