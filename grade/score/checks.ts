/** Which function judges which check, and which failures of this computer keep it from that. */
import type { ComputerError } from '../engine/evidence.ts';
import type { CheckName } from '../names.ts';
import { builds, warnings } from './build.ts';
import type { Check } from './judgement.ts';
import { earlyUnload, nothingLeft, reload } from './lifetime.ts';
import { list } from './list.ts';
import { lockMisuse, noRace, ownLock } from './locks.ts';
import { leaks } from './memory.ts';
import { parameters } from './parameters.ts';
import { manual, report, style } from './style.ts';
import { threads } from './threads.ts';
import { raceShown, total } from './totals.ts';

interface Judge {
  readonly check: Check;
  /** What has to have been possible. */
  readonly rests: readonly ComputerError['concerns'][];
  /** What it finds wrong, or for a person, stands even where a criterion that it needs failed; only what is right does not. */
  readonly stands?: true;
}

export const judges: Readonly<Record<CheckName, Judge>> = {
  builds: { check: builds, rests: ['build'] },
  warnings: { check: warnings, rests: ['build'] },
  parameters: { check: parameters, rests: ['build', 'runs'], stands: true },
  threads: { check: threads, rests: ['build', 'runs'] },
  total: { check: total, rests: ['build', 'runs'] },
  'race-shown': { check: raceShown, rests: ['build', 'runs'] },
  list: { check: list, rests: ['build', 'runs'] },
  'own-lock': { check: ownLock, rests: ['build'], stands: true },
  'no-race': { check: noRace, rests: ['build', 'check'] },
  'lock-misuse': { check: lockMisuse, rests: ['build', 'check'], stands: true },
  leaks: { check: leaks, rests: ['build', 'check'] },
  'early-unload': { check: earlyUnload, rests: ['build', 'runs'] },
  reload: { check: reload, rests: ['build', 'runs'], stands: true },
  'nothing-left': { check: nothingLeft, rests: ['build', 'runs'] },
  style: { check: style, rests: ['style'] },
  report: { check: report, rests: [] },
  manual: { check: manual, rests: [] },
};
