/** What a plot of a sweep shows, in a sentence made of its own numbers. */
import type { Spread } from '../../lab/sweep/cells.ts';
import type { Line, Point, Slice } from '../../lab/sweep/slices.ts';
import { decimal, grouped, plural } from '../numbers.ts';
import { lockWords } from './runs.ts';

const group = (value: number) => grouped(String(value), '\u00a0');
const percent = (value: number) =>
  `${value === 0 ? '0' : Math.abs(value) < 0.1 ? value.toFixed(3) : value.toFixed(1)}\u00a0%`;
const times = (value: number) => (value < 10 ? String(Number(value.toPrecision(2))) : value.toFixed(0));
const ns = (value: number) => `${decimal(value)}\u00a0ns`;
/** The ends of what was seen, where they differ. */
const between = ({ min, max, count }: Spread, shown: (value: number) => string) =>
  min === max ? '' : ` (${shown(min)} to ${shown(max)} in ${plural(count, 'run')})`;

/** How the share lost goes from one end of the axis to the other, for each number of vCPUs. */
export function lossSentence({ lines, held }: Slice, along: 'steps' | 'threads'): string {
  const locked = lines.some(({ lock }) => lock !== 'none');
  const fixed =
    along === 'steps'
      ? plural(held.nThreads ?? 0, 'thread')
      : `${group(held.nTimes ?? 0)}\u00a0steps of each thread`;
  const of = `With ${fixed}${locked ? '' : ' and no lock'}`;
  const parts = endsOf(lines).map((line) => {
    const where = `on ${plural(line.vcpus, 'vCPU')}${locked ? ` with ${lockWords(line.lock)}` : ''}`;
    const [first, last] = [line.points[0], line.points.at(-1)];
    if (first === undefined || last === undefined) return `${where} nothing was measured`;
    if (line.points.every(({ spread }) => spread.min === 0 && spread.max === 0))
      return `${where} no run lost any update`;
    if (first === last) return `${where} ${at(first, along)} ${percent(first.spread.median)} were lost`;
    const peak = line.points.reduce((most, point) =>
      point.spread.median > most.spread.median ? point : most,
    );
    const ends = Math.max(first.spread.median, last.spread.median);
    const top =
      peak.spread.median === ends
        ? ''
        : `, and is greatest ${at(peak, along)}, ${percent(peak.spread.median)}`;
    const overlap = last.spread.min <= first.spread.max && first.spread.min <= last.spread.max;
    const doubt = overlap ? '; single runs differ by more than that' : '';
    return `${where} the median of lost updates goes from ${percent(first.spread.median)} ${at(first, along)} to ${percent(last.spread.median)} ${at(last, along)}${between(last.spread, percent)}${top}${doubt}`;
  });
  return `${of}, ${parts.join('; ')}.`;
}

const at = ({ x }: Point, along: 'steps' | 'threads') =>
  along === 'steps' ? `at ${group(x)}\u00a0steps` : `with ${plural(x, 'thread')}`;

/** The first and the last: a sentence about each of many lines is read by nobody. */
const endsOf = (lines: readonly Line[]): Line[] =>
  lines.length <= 3
    ? [...lines]
    : [lines[0], lines.at(-1)].flatMap((line) => (line === undefined ? [] : [line]));

/** What each lock costs with the most threads, against no lock where that was run. */
export function costSentence({ lines }: Slice, vcpus: number): string {
  const most = Math.max(...lines.flatMap(({ points }) => points.map(({ x }) => x)));
  const here = lines.flatMap(({ lock, points }) => {
    const point = points.find(({ x }) => x === most);
    return point === undefined ? [] : [{ lock, spread: point.spread }];
  });
  const place = `With ${plural(most, 'thread')} on ${plural(vcpus, 'vCPU')}`;
  const bare = here.find(({ lock }) => lock === 'none');
  const locks = here.filter(({ lock }) => lock !== 'none').sort((a, b) => a.spread.median - b.spread.median);
  const said = ({ lock, spread }: { lock: string; spread: Spread }) => {
    const ratio =
      bare === undefined || bare.spread.median === 0
        ? ''
        : `, ${times(spread.median / bare.spread.median)}\u00a0times as long as without a lock`;
    return `${lockWords(lock)} ${ns(spread.median)}${between(spread, ns)}${ratio}`;
  };
  const start =
    bare === undefined
      ? `${place} the median time of an increment`
      : `${place} an increment took a median of ${ns(bare.spread.median)}${between(bare.spread, ns)} without a lock`;
  const [cheapest, dearest] = [locks[0], locks.at(-1)];
  if (cheapest === undefined || dearest === undefined) return `${start}.`;
  if (cheapest === dearest)
    return bare === undefined ? `${start} was: ${said(cheapest)}.` : `${start}, and with ${said(cheapest)}.`;
  const alike = locks.filter((one) => one !== dearest && one.spread.max >= dearest.spread.min);
  const names = alike.map(({ lock }) => lockWords(lock)).join(' or ');
  const doubt =
    alike.length === 0
      ? ''
      : alike.includes(cheapest)
        ? '; single runs differ by more than the locks do'
        : `, which single runs do not tell from ${names}`;
  return bare === undefined
    ? `${start} was least with ${said(cheapest)} and greatest with ${said(dearest)}${doubt}.`
    : `${start}; of the locks the cheapest was ${said(cheapest)}, and the dearest ${said(dearest)}${doubt}.`;
}
