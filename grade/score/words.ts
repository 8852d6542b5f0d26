/** Pieces of sentences: what was run, how it ended, where it is in the source. */
import type { CheckPlace } from '../../lab/check/document.ts';
import type { Finding } from '../../lab/result.ts';
import type { GradeDetail, GradePlace } from '../document.ts';
import type { GradeRun } from '../engine/evidence.ts';

const mostRaw = 4000;

/** Text of a student or guest within a sentence: one line, bounded, without characters that rule a terminal. */
export function shown(text: string, most = 200): string {
  const line = text
    .slice(0, most * 2)
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, '\u{fffd}')
    .trim();
  return line.length > most ? `${line.slice(0, most).replace(/[\ud800-\udbff]$/, '')}…` : line;
}

/** A sentence of someone else's, with its stop at the end. */
export function sentence(text: string, most = 400): string {
  const line = shown(text, most);
  if (line === '') return '';
  return /[.!?…]$/.test(line) ? line : `${line}.`;
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

export function listed(items: readonly string[], most = 5): string {
  const some = items.slice(0, most).map((item) => shown(item, 60));
  const more = items.length - some.length;
  if (more > 0) return `${some.join(', ')} and ${more} more`;
  const last = some.pop();
  return some.length === 0 ? (last ?? '') : `${some.join(', ')} and ${last}`;
}

/** `With n_threads=7 increment=3 on 2 virtual CPUs: the total …`. */
export function introduced({ parameters, vcpus, what }: GradeDetail): string {
  const given = Object.entries(parameters ?? {})
    .slice(0, 8)
    .map(([name, value]) => `${shown(name, 60)}=${shown(value, 60)}`);
  if (vcpus === undefined) return what;
  const how = given.length === 0 ? 'Without parameters' : `With ${given.join(' ')}`;
  return `${how} on ${counted(vcpus, 'virtual CPU')}: ${/^(?:The|It|Its|No|Which) /.test(what) ? lowered(what) : what}`;
}

const lowered = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Findings that are about totals and lists, which are judged by themselves. */
const aboutTotals = new Set([
  'no-total',
  'ambiguous-total',
  'stopped-early',
  'time-limit',
  'total-from-list',
  'ambiguous-list',
  'no-match',
  'garbled',
  'dropped',
  'overflow',
  'odd-total',
  'parameters-ignored',
  'parameter',
  'imitation',
  'license',
  'tampering',
  'lost-updates',
  'flood',
  'no-tracing',
]);

/** What the kernel said of this run: an oops, a lockup, … */
export function kernelFault({ findings }: GradeRun): Finding | undefined {
  return findings.find(({ severity, kind }) => severity === 'error' && !aboutTotals.has(kind));
}

export function hasFinding({ findings }: GradeRun, ...kinds: readonly string[]): Finding | undefined {
  return findings.find(({ kind }) => kinds.includes(kind));
}

/** How a run ended that did not come to its end; with the kernel's words where there are some. */
export function ended(run: GradeRun): string {
  const said = sentence(run.said);
  const fault = kernelFault(run);
  const where = fault === undefined ? '' : ` ${sentence(fault.message)}`;
  switch (run.reached) {
    case 'load-failed':
      return `it could not be loaded: ${said === '' ? 'insmod failed.' : said}${where}`;
    case 'stuck':
      return `it did not come to its end within the time of a run: ${said === '' ? 'it was waited for in vain.' : said}${where}`;
    case 'machine-lost':
      return `the machine ended in the middle of the run and was thrown away: ${said === '' ? 'it stopped answering.' : said}${where}`;
    case 'unloaded':
      return `it was loaded and unloaded.${where}`;
  }
}

/** What a module wrote that looks like a kernel's report: shown as its own words, and never counted. */
export function imitations(runs: readonly GradeRun[]): string {
  const lines = runs.flatMap(({ findings }) => findings).filter(({ kind }) => kind === 'imitation');
  const [first] = lines;
  if (first === undefined) return '';
  const words = /Its words: (.*)$/s.exec(first.message)?.[1] ?? first.message;
  return ` It prints lines that look like the kernel’s (“${shown(words, 80)}”); they are its own words and count for nothing.`;
}

/** How much of a console is missing. */
export function flooded({ droppedBytes, findings }: GradeRun): string | undefined {
  const lost = findings.find(({ kind }) => kind === 'dropped');
  if (droppedBytes > 0) {
    return `it printed so much that ${Math.ceil(droppedBytes / 1024)} KiB of its log were dropped`;
  }
  return lost === undefined
    ? undefined
    : 'it printed faster than the console takes it, and lines were dropped';
}

/** The end of a text, where what went wrong stands. */
export function tail(text: string): string {
  return text.length <= mostRaw ? text : `…${text.slice(-mostRaw)}`;
}

export function head(text: string): string {
  return text.length <= mostRaw ? text : `${text.slice(0, mostRaw)}…`;
}

export function placesOf(places: readonly CheckPlace[]): GradePlace[] {
  return places.flatMap(({ file, line, function: name }) =>
    file === undefined || line === undefined
      ? []
      : [{ file, line, ...(name === '' ? {} : { function: name }) }],
  );
}

export function at(place: { readonly file?: string; readonly line?: number } | undefined): string {
  if (place?.file === undefined) return '';
  return ` at ${shown(place.file, 120)}${place.line === undefined ? '' : `:${place.line}`}`;
}
