/** What the checked kernel saw: the race without the lock, nothing with it, and how often it was looked for. */
import type { CheckDocument, CheckFinding, CheckPlace } from '../../lab/check/document.ts';
import { words } from '../../lab/check/kinds.ts';
import type { Block, Inline, Section, Text, Tone } from '../document.ts';
import { none, plural } from '../numbers.ts';

/** What lies in the report folder as check.json. */
export type Proof = { readonly check: CheckDocument } | { readonly problem: string };

/** @param sourceSha256 of the source that the report's runs were made of */
export function proofSections(proof: Proof | undefined, sourceSha256: string): Section[] {
  if (proof === undefined) return [];
  const blocks = 'problem' in proof ? [unreadable(proof.problem)] : blocksOf(proof.check, sourceSha256);
  return [{ id: 'proof', title: 'Proof', blocks }];
}

const unreadable = (problem: string): Block => ({
  kind: 'callout',
  tone: 'unknown',
  title: 'The check cannot be read',
  sentences: [problem],
  advice: ['Make it again: lab3 check.'],
});

function blocksOf(check: CheckDocument, sourceSha256: string): Block[] {
  if (check.build.sourceSha256 !== sourceSha256) {
    const made = check.createdAt.slice(0, 16).replace('T', ' ');
    return [
      {
        kind: 'callout',
        tone: 'unknown',
        title: 'Out of date',
        sentences: [
          `The source has changed since the check of ${made} UTC, so what that check saw proves nothing about the runs of this report.`,
        ],
        advice: ['Make it again: lab3 check.'],
      },
    ];
  }
  const { tone, title, sentences } = conclude(check);
  return [
    {
      kind: 'paragraph',
      text: [
        'A right total may be luck. So the module also ran on a kernel that watches single accesses to memory, locks and allocations while they happen (',
        { code: check.guest.kernel },
        `, ${plural(check.runs.length, 'run')}).`,
      ],
    },
    { kind: 'callout', tone, title, sentences, advice: [] },
    runsTable(check),
    ...[...check.findings, ...check.remarks].flatMap(findingBlocks),
    ...check.notes.map((note): Block => ({ kind: 'paragraph', small: true, text: [note] })),
  ];
}

/** The answer in a sentence or two. */
export function conclude(check: CheckDocument): { tone: Tone; title: string; sentences: string[] } {
  const sentences: string[] = [];
  const free = check.runs.filter(({ locked }) => !locked);
  const locks = [...new Set(check.runs.filter(({ locked }) => locked).map(({ lock }) => lock))];
  const race = check.findings.find(({ kind, severity }) => kind === 'data-race' && severity === 'note');
  if (race !== undefined)
    sentences.push(
      `Without a lock a data race was seen at ${linesOf(race.places)}, in ${race.runs.length} of ${plural(free.length, 'run')}.`,
    );
  else if (free.length > 0)
    sentences.push(`Without a lock no data race was seen in ${plural(free.length, 'run')}.`);
  const faults = check.findings.filter(({ severity }) => severity === 'error');
  for (const lock of locks) {
    const runs = check.runs.filter((run) => run.lock === lock);
    const numbers = new Set(runs.map(({ number }) => number));
    const mine = faults.filter((fault) => fault.runs.some((run) => numbers.has(run)));
    const what = mine.length === 0 ? 'nothing' : mine.map(({ kind }) => kind).join(', ');
    sentences.push(`With lock ${lock}: ${what} in ${plural(runs.length, 'run')}.`);
  }
  if (faults.length > 0) return { tone: 'bad', title: 'Faults were found', sentences };
  if (race === undefined && free.length > 0)
    return { tone: 'unknown', title: 'No fault, and no proof either', sentences };
  return {
    tone: check.remarks.length === 0 ? 'good' : 'unknown',
    title: locks.length === 0 ? 'The race is there' : 'The lock does what it is for',
    sentences,
  };
}

function runsTable({ runs, findings }: CheckDocument): Block {
  const locks = [...new Set(runs.map(({ lock }) => lock))];
  return {
    kind: 'table',
    caption: 'Runs on the checked kernel',
    columns: [
      { title: 'Lock' },
      { title: 'Runs', align: 'right' },
      { title: 'Runs with a data race', align: 'right' },
      { title: 'Runs that lost updates', align: 'right' },
      { title: 'Other faults' },
    ],
    rows: locks.map((lock): Text[] => {
      const mine = runs.filter((run) => run.lock === lock);
      const numbers = new Set(mine.map(({ number }) => number));
      const within = (kinds: (kind: string) => boolean) =>
        findings.filter(({ kind, runs }) => kinds(kind) && runs.some((run) => numbers.has(run)));
      const seen = (kind: string) =>
        new Set(within((one) => one === kind).flatMap((one) => one.runs.filter((run) => numbers.has(run))))
          .size;
      const others = within((kind) => kind !== 'data-race' && kind !== 'lost-updates');
      return [
        [{ code: lock }],
        [{ number: String(mine.length) }],
        [{ number: String(seen('data-race')) }],
        [{ number: String(seen('lost-updates')) }],
        others.length === 0 ? [none] : commas(others.map(({ kind }) => ({ code: kind }))),
      ];
    }),
  };
}

function findingBlocks(finding: CheckFinding): Block[] {
  const { kind, severity, what, look, places, values, count, runs, raw } = finding;
  const tone: Tone = severity === 'error' ? 'bad' : 'unknown';
  const facts: Text[] = places.map((place) => [`${place.role}: `, ...placeOf(place)]);
  if (values !== undefined)
    facts.push(['value: ', { code: values.before }, ' before, ', { code: values.after }, ' after']);
  facts.push([`seen ${count === 1 ? 'once' : `${count} times`}, in ${plural(runs.length, 'run')}`]);
  return [
    {
      kind: 'callout',
      tone,
      title: words[kind].title,
      sentences: [what, ...(severity === 'note' ? [] : [look])],
      advice: facts.map(plain),
    },
    ...(raw.trim() === ''
      ? []
      : [
          {
            kind: 'fold' as const,
            title: `What the kernel said: ${kind}`,
            print: false,
            blocks: [{ kind: 'code' as const, text: raw }],
          },
        ]),
  ];
}

const placeOf = ({ file, line, function: name, offset }: CheckPlace): Text => [
  file === undefined
    ? { code: `${name}()${offset === undefined ? '' : `+0x${offset.toString(16)}`}` }
    : { code: `${file}:${line}` },
  ...(file === undefined ? [] : [` in ${name}()`]),
];

const plain = (text: Text): string =>
  text.map((each: Inline) => (typeof each === 'string' ? each : 'code' in each ? each.code : '')).join('');

const linesOf = (places: readonly CheckPlace[]): string =>
  places.length === 0
    ? 'a place that is not known'
    : places.map((place) => plain(placeOf(place).slice(0, 1))).join(' and ');

const commas = (items: readonly Inline[]): Text =>
  items.flatMap((item, at) => (at === 0 ? [item] : [', ', item]));
