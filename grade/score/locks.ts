/** The lock: made by the student, keeping threads apart, and used as locks must be. */

import { words } from '../../lab/check/kinds.ts';
import { keeper } from '../intake/patterns.ts';
import { checked, findingDetail, remarked } from './checked.ts';
import { type Check, detail, fail, open, pass } from './judgement.ts';
import { isBuilt, missing, playing } from './runs.ts';
import { lostUnderLock } from './totals.ts';
import { at, counted, listed, sentence, shown } from './words.ts';

export const ownLock: Check = (question) => {
  const absent = missing(question, 'locked');
  if (absent !== undefined) return absent;
  const { forbid = [] } = question.criterion;
  const isForbidden = keeper(forbid);
  const modules = playing(question, 'locked').filter(isBuilt);
  const uses = modules
    .map(({ name, symbols, forbidden = [] }) => ({
      name,
      places: forbidden.slice(0, 20).map(({ file, line }) => ({ file, line })),
      found: symbols.filter(isForbidden),
    }))
    .filter(({ found }) => found.length > 0);
  const [first] = uses;
  // One for each kind of lock is what some hand in: the one with a lock of its own is what counts.
  if (first !== undefined && uses.length === modules.length) {
    const what = `${shown(first.name, 60)}.ko uses ${listed(first.found)} of the kernel${at(first.places[0])}, and the lock is to be its own.`;
    return fail(what, {
      hint: 'Build the lock from an atomic variable: atomic_cmpxchg() or xchg() to take it, a release store to give it back.',
      details: uses.map(({ name, found, places }) =>
        detail(question, 'fail', `${shown(name, 60)}.ko uses ${listed(found, 20)}.`, { places }),
      ),
    });
  }
  const shared = remarked(question, 'lock-not-shared');
  if (shared !== undefined) {
    return open(question, 'lock-not-shared', sentence(shared.what), {
      hint: sentence(shared.look),
      details: [findingDetail(question, shared, 'review')],
    });
  }
  const beside =
    first === undefined
      ? ''
      : ` Another one, ${shown(first.name, 60)}.ko, uses ${listed(first.found)} of the kernel.`;
  return pass(`It uses no lock of the kernel.${beside}`);
};

export const noRace: Check = (question) => {
  const absent = missing(question, 'locked');
  if (absent !== undefined) return absent;
  const answer = checked(question, {
    kinds: ['data-race', 'lost-updates'],
    optOut: /kcsan|data_race|__no_sanitize(?!_address)|__data_racy/i,
    nothing: 'No data race was found under the lock.',
  });
  const lost = answer.status === 'pass' || answer.status === 'inconclusive' ? lostUnderLock(question) : 0;
  if (lost === 0) return answer;
  // A checker sees a race where it looks at the right moment; a total that is short saw all of them.
  const files = [...new Set(playing(question, 'locked').flatMap((one) => one.files))];
  const what = `The checked kernel did not happen to see it, but two threads did meet under the lock: updates were lost in ${counted(lost, 'run')}. Look at the lock in ${listed(files)}.`;
  // The runs themselves, some of them hidden, are details of the total.
  return fail(what, { hint: words['lost-updates'].look, details: [detail(question, 'fail', what)] });
};

export const lockMisuse: Check = (question) =>
  checked(question, {
    kinds: [
      'deadlock',
      'lock-order',
      'lock-not-released',
      'sleep-in-atomic',
      'soft-lockup',
      'rcu-stall',
      'hung-task',
      'unload-hang',
    ],
    optOut: /lockdep|lock_off/i,
    nothing: 'No misuse of locks was found.',
  });
