/** What needs no machine: coding style, the report, and points that a person gives. */
import { keeper } from '../intake/patterns.ts';
import { byCount } from './build.ts';
import { type Check, detail, fail, failed, pass, review } from './judgement.ts';
import { counted, listed, sentence, shown } from './words.ts';

export const style: Check = (question) => {
  const { style: found } = question.evidence;
  if (found === undefined) return failed('The coding style was not looked at.');
  const { errors, warnings, lines, worst } = found;
  const details = worst
    .slice(0, 20)
    .map(({ file, line, severity, what }) =>
      detail(question, 'fail', `${shown(severity, 20)}: ${sentence(what)}`, { places: [{ file, line }] }),
    );
  const what = `checkpatch.pl finds ${counted(errors, 'error')} and ${counted(warnings, 'warning')} in ${counted(lines, 'line')}.`;
  const hint =
    'Documentation/process/coding-style.rst of the kernel says what is asked for: tabs of eight, lines of 80 to 100 characters.';
  return byCount(question.criterion, errors + warnings, what, hint, details);
};

export const report: Check = (question) => {
  const { files = [] } = question.criterion;
  const found = question.evidence.report.filter(keeper(files));
  if (found.length > 0) return pass(`There is a report: ${listed(found)}.`);
  const others = question.evidence.report;
  const what = others.length === 0 ? 'There is no report.' : `There is no report among ${listed(others)}.`;
  return fail(what, { hint: `Hand one in, named as ${listed(files)}.` });
};

export const manual: Check = () => review('A person gives these points.');
