/** Whether what a check found is what there was to find. */
import type { CheckDocument, CheckFinding } from '../../lab/check/document.ts';
import type { CorpusModule } from './corpus.ts';

export interface Judgement {
  /** The finding of the module's fault; of one without, or where it was missed, nothing. */
  readonly found: CheckFinding | undefined;
  /** What is not as it should be, in words; empty where all is. */
  readonly problems: readonly string[];
}

export function judge(module: CorpusModule, { findings, remarks }: CheckDocument): Judgement {
  // A note is what the exercise wants to see of a run without a lock.
  const all = [...findings, ...remarks].filter(({ severity }) => severity !== 'note');
  const wanted = all.filter(({ kind }) => kind === module.kind);
  const pointing = wanted.filter((finding) => pointsAt(finding, module));
  const allowed = [module.kind, ...module.also.map(({ kind }) => kind)];
  const problems = all
    .filter(({ kind }) => !allowed.includes(kind))
    .map(
      (finding) => `${module.kind === 'none' ? 'nothing is wrong' : 'wrongly named'}: ${shortly(finding)}`,
    );
  if (module.kind !== 'none' && wanted.length === 0) problems.push(`no ${module.kind} was found`);
  if (wanted.length > 0 && pointing.length === 0)
    problems.push(`points elsewhere than at ${module.marked.join(', ')}: ${wanted.map(shortly).join('; ')}`);
  return { found: pointing[0] ?? wanted[0], problems };
}

function pointsAt({ places }: CheckFinding, { name, marked }: CorpusModule): boolean {
  if (marked.length === 0) return true;
  return places.some(({ file, line }) => file === `${name}.c` && line !== undefined && marked.includes(line));
}

function shortly({ kind, places, what }: CheckFinding): string {
  return `${kind} at ${places.map(({ line, function: name }) => line ?? name).join(', ') || 'no place'}: ${what}`;
}
