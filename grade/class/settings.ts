/** From a rubric to what the engine is asked for one student. */
import { defaultLimits, defaultSettings, type GradeSettings } from '../engine/request.ts';
import type { CheckName } from '../names.ts';
import { drawCases } from '../rubric/cases.ts';
import type { Criterion, Rubric } from '../rubric/rubric.ts';

/** Checks that the checked kernel's reports answer. */
const checkedNames: readonly CheckName[] = ['no-race', 'lock-misuse', 'leaks'];

export function settingsFor(rubric: Rubric, seed: string, studentKey: string): GradeSettings {
  const { module, limits, criteria, submission } = rubric;
  const wanted = (...names: readonly CheckName[]) => criteria.filter(({ check }) => names.includes(check));
  const most = (values: readonly (number | undefined)[]) => Math.max(0, ...values.map((value) => value ?? 0));
  return {
    ...defaultSettings,
    rolePatterns: submission.roles,
    parameterNames: module.params,
    lockValues: module.lockValues,
    patterns: module.patterns,
    cases: drawCases(rubric, seed, studentKey),
    early: wanted('early-unload').length > 0 ? ['locked'] : [],
    reloadCycles: most(wanted('reload').map(({ cycles }) => cycles)),
    check: wanted(...checkedNames).length > 0,
    style: wanted('style').length > 0,
    compatibility: wanted('builds').some(({ compatibility }: Criterion) => compatibility?.allow === true),
    reportFiles: wanted('report').flatMap(({ files }) => files ?? []),
    forbiddenSymbols: wanted('own-lock').flatMap(({ forbid }) => forbid ?? []),
    limits: {
      ...defaultLimits,
      buildSeconds: limits.buildSeconds,
      buildMemoryBytes: limits.buildMemoryMib * 2 ** 20,
      runSeconds: limits.runSeconds,
      consoleBytes: limits.consoleKib * 1024,
    },
  };
}
