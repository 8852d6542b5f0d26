/** What checkpatch.pl prints with `--terse --show-types`. Its lines quote a student's text: lines of no known form are passed over. */
import type { StyleEvidence } from './evidence.ts';

const report = /^([^\s:]{1,80}):(\d{1,7}): (ERROR|WARNING|CHECK):([A-Z0-9_]{1,80}): (.*)$/;
const total = /^total: (\d{1,7}) errors, (\d{1,7}) warnings, (?:(\d{1,7}) checks, )?(\d{1,8}) lines checked$/;

const severities = ['ERROR', 'WARNING', 'CHECK'];
const mostWorst = 40;

/**
 * @param known name that checkpatch was given → path as the student knows it
 * @returns undefined where no file was looked at to its end
 */
export function readCheckpatch(
  lines: readonly string[],
  known: ReadonlyMap<string, string>,
): StyleEvidence | undefined {
  const sum = { errors: 0, warnings: 0, checks: 0, lines: 0 };
  const found: StyleEvidence['worst'][number][] = [];
  let files = 0;
  for (const line of lines) {
    const [, errors, warnings, checks = '0', looked] = total.exec(line) ?? [];
    if (looked !== undefined) {
      files += 1;
      sum.errors += Number(errors);
      sum.warnings += Number(warnings);
      sum.checks += Number(checks);
      sum.lines += Number(looked);
      continue;
    }
    const [, name, at, severity, type, words] = report.exec(line) ?? [];
    const file = known.get(name ?? '');
    if (file === undefined || severity === undefined) continue;
    const what = `${words?.slice(0, 300)} (${type})`;
    found.push({ file, line: Math.max(1, Number(at)), severity: severity.toLowerCase(), what });
  }
  if (files === 0) return undefined;
  const rank = ({ severity }: { severity: string }) => severities.indexOf(severity.toUpperCase());
  return { ...sum, worst: found.sort((a, b) => rank(a) - rank(b)).slice(0, mostWorst) };
}
