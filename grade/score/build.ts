/** What the compiler says. */
import type { Diagnostic } from '../../lab/result.ts';
import type { GradeDetail, GradePlace } from '../document.ts';
import type { DroppedInterface, ModuleEvidence } from '../engine/evidence.ts';
import type { Criterion } from '../rubric/rubric.ts';
import { type Check, detail, fail, graded, type Judgement, type Question, review } from './judgement.ts';
import { isBuilt } from './runs.ts';
import { at, counted, head, sentence, shown } from './words.ts';

const mostDetails = 20;
/** include/linux/license.h. */
const free = ['GPL', 'GPL v2', 'GPL and additional rights', 'Dual BSD/GPL', 'Dual MIT/GPL', 'Dual MPL/GPL'];

export const builds: Check = (question) => {
  const { evidence, criterion } = question;
  const { modules } = evidence;
  if (evidence.refused !== undefined) return fail(sentence(evidence.refused));
  if (modules.length === 0) {
    const hint = 'Hand in the .c files of a module: one of them has module_init() and MODULE_LICENSE().';
    return fail('There is no kernel module in what was handed in.', { hint });
  }
  const penalty = criterion.compatibility?.penalty ?? 0;
  const shares = modules.map((one) => (isBuilt(one) ? 1 - (one.build.compatibility ? penalty : 0) : 0));
  const share =
    criterion.credit === 'all' ? Math.min(...shares) : shares.reduce((a, b) => a + b, 0) / shares.length;
  const details = modules.map((one) => moduleDetail(question, one));
  const bad = modules.findIndex((one) => !isBuilt(one));
  const what = details[bad >= 0 ? bad : shares.indexOf(share)]?.what ?? '';
  const built = modules.filter(isBuilt).length;
  const said =
    modules.length === 1 ? what : `${built} of ${counted(modules.length, 'module')} compile. ${what}`;
  const { unread = [] } = evidence;
  if (unread.length > 0) {
    const hint = 'Hand in the two modules of the exercise, with one Makefile, and nothing else.';
    return review(`${unread.map((one) => sentence(one)).join(' ')} Of what was looked at: ${said}`, {
      hint,
      details,
    });
  }
  return graded(share, said, { hint: hintOf(modules), details });
};

function moduleDetail(question: Question, module: ModuleEvidence): GradeDetail {
  const { build } = module;
  const errors = errorsOf(build);
  const dropped = build.dropped.map(droppedText).join(' ');
  const name = `${shown(module.name, 60)}.ko`;
  const licence = licenceText(module);
  const rest = {
    places: build.status === 'built' ? droppedPlaces(build.dropped) : placesOf(errors, build.dropped),
    raw: build.status === 'built' ? '' : head(build.log),
  };
  if (build.status === 'built') {
    const how = build.compatibility
      ? ` with the calls given back that newer kernels dropped, which costs points. ${dropped}`
      : '.';
    return detail(
      question,
      build.compatibility ? 'partial' : 'pass',
      `${name} compiles${how}${licence}`,
      rest,
    );
  }
  return detail(question, 'fail', `${notBuilt(name, build)}${space(dropped)}${licence}`, rest);
}

export function notBuilt(name: string, build: ModuleEvidence['build']): string {
  const errors = errorsOf(build);
  const [first] = errors;
  switch (build.status) {
    case 'too-slow':
      return `${name} is not built, because the build took more than its time: ${sentence(build.what)}`;
    case 'too-large':
      return `${name} is not built, because the build used more than it may: ${sentence(build.what)}`;
    case 'refused':
      return `${name} is not built: ${sentence(build.what)}`;
    default:
      return first === undefined
        ? `${name} does not compile: ${sentence(build.what)}`
        : `${name} does not compile, ${counted(errors.length, 'error')}:${at(first)}: ${sentence(first.message)}`;
  }
}

/** Which call, since when, and what took its place. */
export function droppedText({ call, since, instead, file, line }: DroppedInterface): string {
  const where = at({ ...(file === undefined ? {} : { file }), ...(line === undefined ? {} : { line }) });
  return `${shown(call, 60)}${where} is no more since Linux ${shown(since, 20)}: ${sentence(instead)}`;
}

function licenceText({ licence, build }: ModuleEvidence): string {
  const known = licence.trim();
  if (free.includes(known) || (known === '' && build.status !== 'built')) return '';
  return known === ''
    ? ' It has no MODULE_LICENSE.'
    : ` Its licence “${shown(known, 60)}” is not compatible with the GPL, so the kernel keeps its GPL-only functions from it; MODULE_LICENSE("GPL") is.`;
}

function hintOf(modules: readonly ModuleEvidence[]): string {
  const dropped = modules.flatMap(({ build }) => build.dropped);
  if (dropped.length > 0) return 'Replace what newer kernels dropped; the sentences above say by what.';
  const slow = modules.some(({ build }) => build.status === 'too-slow' || build.status === 'too-large');
  return slow
    ? 'Look for a macro or an #include that goes on without end.'
    : 'Mend the first error first: those after it often come from it. `lab3 build` shows the same lines.';
}

export const warnings: Check = (question) => {
  const { evidence, criterion } = question;
  const found = new Map<string, Diagnostic>();
  for (const { build } of evidence.modules) {
    for (const one of build.diagnostics) {
      if (one.severity === 'warning') found.set(`${one.file}:${one.line}:${one.message}`, one);
    }
  }
  const all = [...found.values()];
  const details = all.slice(0, mostDetails).map((one) => {
    const flag = one.flag === undefined ? '' : ` [${shown(one.flag, 60)}]`;
    return detail(question, 'fail', `${sentence(one.message)}${flag}`, { places: placesOf([one]) });
  });
  const first = all[0];
  const what =
    first === undefined
      ? 'The compiler has nothing to say.'
      : `The compiler gives ${counted(all.length, 'warning')}, the first${at(first)}: ${sentence(first.message)}`;
  const hint = 'Mend each of them; a warning of the kernel’s compiler is nearly always a fault.';
  return byCount(criterion, all.length, what, hint, details);
};

/** Full credit up to one threshold, none from the other on, evenly in between. */
export function byCount(
  { thresholds = { full: 0, none: 1 } }: Criterion,
  count: number,
  what: string,
  hint: string,
  details: readonly GradeDetail[],
): Judgement {
  const { full, none } = thresholds;
  const share = count <= full ? 1 : count >= none ? 0 : 1 - (count - full) / (none - full);
  return graded(share, what, { hint, details });
}

const errorsOf = ({ diagnostics }: ModuleEvidence['build']) =>
  diagnostics.filter(({ severity }) => severity === 'error');

function placesOf(
  diagnostics: readonly Diagnostic[],
  dropped: readonly DroppedInterface[] = [],
): GradePlace[] {
  const own = diagnostics.slice(0, mostDetails).map(({ file, line }) => ({ file, line }));
  return own.length > 0 ? own : droppedPlaces(dropped);
}

function droppedPlaces(dropped: readonly DroppedInterface[]): GradePlace[] {
  return dropped
    .flatMap(({ file, line }) => (file === undefined || line === undefined ? [] : [{ file, line }]))
    .slice(0, mostDetails);
}

const space = (text: string) => (text === '' ? '' : ` ${text}`);
