/** The page of the documentation that shows what a check says about each module of the corpus. */
import type { CheckFinding } from '../../lab/check/document.ts';
import { faultKinds, remarkKinds, words } from '../../lab/check/kinds.ts';
import type { CorpusModule } from './corpus.ts';

export interface Row {
  readonly module: CorpusModule;
  /** What was found of its fault, nothing for a module that is right. `not run`: the row of the page before stays. */
  readonly found: CheckFinding | undefined | 'not run';
}

const order: readonly string[] = [...faultKinds, ...remarkKinds];

export function faultsPage(rows: readonly Row[], before = ''): string {
  const old = before.split('\n');
  const faulty = rows.filter(({ module }) => module.kind !== 'none');
  const right = rows.filter(({ module }) => module.kind === 'none');
  const rank = ({ module: { kind } }: Row) => order.indexOf(kind);
  const lines = [
    '# What `lab3 check` finds',
    '',
    'Made by `node scripts/faults.mjs`, from a run of `lab3 check` on each module of `test/corpus/modules/`. Every one',
    'has one known fault, or none; the last three columns are what the tool said of it.',
    '',
    '| module | its fault | found as | at line | in words |',
    '| --- | --- | --- | --- | --- |',
    ...[...faulty].sort((a, b) => rank(a) - rank(b)).map((row) => faultyRow(row, old)),
    '',
    '## Right ones',
    '',
    'Nothing is found in these.',
    '',
    '| module | what it does |',
    '| --- | --- |',
    ...right.map(({ module }) => `| ${link(module)} | ${cell(module.title)} |`),
  ];
  return `${lines.join('\n')}\n`;
}

function faultyRow({ module, found }: Row, before: readonly string[]): string {
  if (found === 'not run') return before.find((line) => line.startsWith(`| ${link(module)} |`)) ?? '';
  const kind = found === undefined ? 'nothing' : words[found.kind].title;
  const own = found?.places.filter(({ file }) => file === `${module.name}.c`) ?? [];
  const place = own.find(({ line }) => line !== undefined && module.marked.includes(line)) ?? own[0];
  const says = found === undefined ? '' : cell(found.what);
  return `| ${link(module)} | ${cell(module.title)} | ${kind} | ${place?.line ?? ''} | ${says} |`;
}

const link = ({ name }: CorpusModule) => `[\`${name}\`](../test/corpus/modules/${name}/${name}.c)`;

const cell = (text: string) => text.replaceAll(/[|<>*_`\\]/g, '\\$&').replaceAll(/\s+/g, ' ');
