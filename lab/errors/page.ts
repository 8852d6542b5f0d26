/** The page of all errors, from the catalogue itself, so that it is never out of date. */
import { type CatalogueEntry, catalogue, exitCodes, type Fault } from '../errors.ts';

const faults: Record<Fault, string> = {
  module: 'The module',
  usage: 'Usage and configuration',
  computer: 'This computer or the network',
  interrupted: 'Interrupted',
};

/** Markdown of docs/errors.md. */
export function errorsPage(): string {
  const sections = (Object.keys(faults) as Fault[]).map((fault) => {
    const entries = Object.entries<CatalogueEntry>(catalogue)
      .filter(([, entry]) => entry.fault === fault)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return [`## ${faults[fault]} (exit code ${exitCodes[fault]})`, ...entries.map(section)].join('\n\n');
  });
  return `${['# Errors', intro, ...sections].join('\n\n')}\n`;
}

const intro = `<!-- Made from lab/errors/ by \`node scripts/docs.mjs\`; changes here are lost. -->

Every failure that a person can meet, by its permanent name. Words in ‹…› stand for what a message fills in.
An error that is not on this page is a bug of lab3's and says so.`;

function section([name, { title, message, hint }]: [string, CatalogueEntry]): string {
  const stop = /[.?!]$/.test(title) ? '' : '.';
  return `### ${name}\n\n**${title}${stop}**\n\n${quoted(message(placeholder('')))}\n\n${quoted(hint(placeholder('')))}`;
}

function quoted(text: string): string {
  const escaped = text.replaceAll('<', '&lt;');
  return escaped
    .split('\n')
    .map((line) => `> ${line}`.trimEnd())
    .join('\n>\n');
}

/**
 * Stands for any parameter of a message: its name in text, itself where it is mapped, joined or looped over.
 * Nothing is absent in it, so a sentence shows its optional parts too.
 */
function placeholder(name: string): unknown {
  const text = name === '' ? '' : `‹${name}›`;
  const item = () => placeholder(name.replace(/(?<=[^s])s$/, ''));
  const methods: Record<string, unknown> = {
    length: 2,
    size: 2,
    map: (each: (value: unknown, at: number) => unknown) => [each(item(), 0)],
    flatMap: (each: (value: unknown, at: number) => unknown) => [each(item(), 0)].flat(),
    filter: () => [item()],
    slice: () => placeholder(name),
    at: item,
    entries: () => [[0, item()]],
    join: () => text,
    toString: () => text,
    toJSON: () => text,
    toFixed: () => text,
    startsWith: () => false,
    endsWith: () => false,
    includes: () => false,
    [Symbol.toPrimitive]: () => text,
    [Symbol.iterator]: () => [item()][Symbol.iterator](),
  };
  return new Proxy(
    {},
    {
      get: (_, key) => {
        if (Object.hasOwn(methods, key)) return methods[key as string];
        if (typeof key === 'symbol' || key === 'then') return undefined;
        if (/^\d+$/.test(key)) return item();
        // What is left of String's own methods works on the text.
        const own = (String.prototype as unknown as Record<string, unknown>)[key];
        return typeof own === 'function' ? own.bind(text) : placeholder(key);
      },
    },
  );
}
