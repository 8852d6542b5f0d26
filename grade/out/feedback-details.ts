/** What was tried for one criterion, with which parameters, and where in the student's own source it went wrong. */
import type { Block, Inline, Text } from '../../report/document.ts';
import { plural } from '../../report/numbers.ts';
import type { GradeDetail, GradePlace } from '../document.ts';
import type { SeenCriterion } from './visibility.ts';
import { statusTones, statusWords } from './words.ts';

/** More than these are counted, not shown. */
const mostDetails = 60;
const mostPlaces = 12;
const mostRaw = 16_000;

type Shown = Extract<SeenCriterion, { shown: true }>;

export function detailBlocks({ details: all, hidden }: Pick<Shown, 'details' | 'hidden'>): Block[] {
  // Where there are too many, those that went wrong come first.
  const byWorth = [...all].sort((a, b) => Number(a.status === 'pass') - Number(b.status === 'pass'));
  const details = all.length > mostDetails ? byWorth.slice(0, mostDetails) : all;
  const blocks: Block[] = details.length === 0 ? [] : [table(details)];
  if (all.length > details.length)
    blocks.push(small([`${all.length - details.length} more are left out here.`]));
  if (hidden > 0)
    blocks.push(
      small([
        `${plural(hidden, 'case')} ${hidden === 1 ? 'is' : 'are'} not shown; the result above counts ${hidden === 1 ? 'it' : 'them'}.`,
      ]),
    );
  return [...blocks, ...details.flatMap(evidence)];
}

const small = (text: Text): Block => ({ kind: 'paragraph', small: true, text });

function table(details: readonly GradeDetail[]): Block {
  const withCase = details.some((detail) => detail.case !== undefined);
  const withParameters = details.some(
    ({ parameters, vcpus }) => parameters !== undefined || vcpus !== undefined,
  );
  return {
    kind: 'table',
    caption: 'What was tried',
    columns: [
      { title: withCase ? 'Case' : 'No.' },
      ...(withParameters ? [{ title: 'Loaded with' }] : []),
      { title: 'Result' },
      { title: 'What happened' },
    ],
    rows: details.map((detail, at): Text[] => [
      withCase ? [detail.case ?? '–'] : [String(at + 1)],
      ...(withParameters ? [loadedWith(detail)] : []),
      [{ status: statusTones[detail.status], text: statusWords[detail.status] }],
      [detail.what],
    ]),
  };
}

function loadedWith({ parameters, vcpus }: GradeDetail): Text {
  const pairs = Object.entries(parameters ?? {}).map(([name, value]) => `${name}=${value}`);
  const parts: Inline[] = pairs.length === 0 ? [] : [{ code: pairs.join(' ') }];
  if (vcpus !== undefined) parts.push(`${pairs.length === 0 ? '' : ' '}on ${plural(vcpus, 'vCPU')}`);
  return parts.length === 0 ? ['–'] : parts;
}

function evidence(detail: GradeDetail): Block[] {
  const label = detail.case === undefined ? '' : ` (${detail.case})`;
  const places = (detail.places ?? []).slice(0, mostPlaces).flatMap((place) => placeBlocks(place, label));
  const left = (detail.places ?? []).length - mostPlaces;
  return [
    ...places,
    ...(left > 0 ? [small([`${plural(left, 'more place')} left out.`])] : []),
    ...(detail.raw === undefined || detail.raw.trim() === ''
      ? []
      : [
          {
            kind: 'fold',
            title: `The words of compiler, kernel or module${label}`,
            print: false,
            blocks: [{ kind: 'code', text: cut(detail.raw.trimEnd()) }],
          } satisfies Block,
        ]),
  ];
}

function placeBlocks({ file, line, function: name, text }: GradePlace, label: string): Block[] {
  const where: Inline[] = ['At ', { code: `${file}:${line}` }];
  if (name !== undefined) where.push(' in ', { code: `${name}()` });
  return [
    { kind: 'paragraph', text: [...where, `${label}:`] },
    ...(text === undefined ? [] : [{ kind: 'code', text: cut(text, 400) } satisfies Block]),
  ];
}

function cut(text: string, most = mostRaw): string {
  return text.length <= most
    ? text
    : `${text.slice(0, most)}\n… ${text.length - most} more characters are left out here …`;
}
