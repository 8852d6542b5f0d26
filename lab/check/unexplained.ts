import type { Draft, RunEvidence } from './evidence.ts';

/**
 * For a run of which nothing else tells why it did not end: a machine that was lost twice, or a load without a line of its
 * own, is the module's doing all the same.
 */
export function unexplainedDrafts(run: RunEvidence): Draft[] {
  const raw = run.text.slice(-4000);
  if (run.reached === 'machine-lost') {
    const [kind, how] =
      run.lost === 'ended'
        ? (['oops', 'came to its end'] as const)
        : (['soft-lockup', 'stopped answering'] as const);
    const what = `The machine ${how} while the module was ${run.phase}, and its kernel did not say why: ${run.said.slice(0, 200)}`;
    return [{ kind, places: [], what, raw }];
  }
  if (run.reached !== 'stuck' || run.spec.shape === 'fold') return [];
  if (run.phase !== 'loading') {
    const what = `The module did not come to its end while it was ${run.phase}, and the kernel did not say where it stands.`;
    return [{ kind: 'soft-lockup', places: [], what, raw }];
  }
  const insmod = run.stuck.find(({ name }) => name === 'insmod');
  const state = insmod === undefined ? '' : insmod.state === 'R' ? ' and was at work' : ' and slept';
  const what = `insmod had not come back after ${Math.round(run.elapsedMs / 1000)} s${state}; where in the module, the kernel could not tell.`;
  const look =
    'Let the init function only start the threads and return: what takes long, or prints much, belongs into them.';
  return [{ kind: 'load-failed', places: [], what, look, raw: insmod?.raw || raw }];
}
