/**
 * A reader of JUnit XML as github.com/testmoapp/junitxml describes it, and of no more XML than that: it refuses what
 * XML 1.0 forbids, an element out of its place, and counts that do not agree with what is there.
 */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  readonly text: string;
}

const places: Readonly<Record<string, readonly string[]>> = {
  testsuites: ['testsuite'],
  testsuite: ['properties', 'testcase', 'testsuite', 'system-out', 'system-err'],
  properties: ['property'],
  property: [],
  testcase: ['properties', 'skipped', 'failure', 'error', 'system-out', 'system-err'],
  skipped: [],
  failure: [],
  error: [],
  'system-out': [],
  'system-err': [],
};

export interface Case {
  readonly suite: string;
  readonly name: string;
  readonly result: 'passed' | 'skipped' | 'failure' | 'error';
  readonly message: string;
}

export function importJunit(text: string): Case[] {
  const root = parseXml(text);
  if (root.name !== 'testsuites') throw new Error(`the root is ${root.name}`);
  const cases = root.children.flatMap((suite) => {
    const own = suite.children
      .filter(({ name }) => name === 'testcase')
      .map((each) => caseOf(each, suite.attributes.name ?? ''));
    checkCounts(suite, own);
    return own;
  });
  checkCounts(root, cases);
  return cases;
}

function caseOf({ attributes, children }: Element, suite: string): Case {
  const outcomes = children.filter(({ name }) => ['skipped', 'failure', 'error'].includes(name));
  if (outcomes.length > 1) throw new Error('more than one result');
  if (!attributes.name || !attributes.classname) throw new Error('a case without a name');
  return {
    suite,
    name: attributes.name,
    result: (outcomes[0]?.name ?? 'passed') as Case['result'],
    message: outcomes[0]?.attributes.message ?? '',
  };
}

function checkCounts({ attributes, name }: Element, cases: readonly Case[]): void {
  const of = (result: Case['result']) => String(cases.filter((each) => each.result === result).length);
  const wanted = {
    tests: String(cases.length),
    failures: of('failure'),
    errors: of('error'),
    skipped: of('skipped'),
  };
  for (const [key, value] of Object.entries(wanted))
    if (attributes[key] !== value)
      throw new Error(`${name} says ${key}=${attributes[key]}, there are ${value}`);
}

const forbidden =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

function parseXml(text: string): Element {
  if (forbidden.test(text)) throw new Error('a character that XML 1.0 forbids');
  let at = text.startsWith('<?xml version="1.0" encoding="UTF-8"?>') ? text.indexOf('?>') + 2 : 0;
  const element = (parent: string | undefined): Element => {
    const open = /^<([a-z-]+)((?: [a-z]+="[^"<]*")*)(\/?)>/.exec(text.slice(at));
    const [whole, name = '', attributes = '', closed] = open ?? [];
    if (whole === undefined) throw new Error(`no element at ${text.slice(at, at + 40)}`);
    if (parent !== undefined && !places[parent]?.includes(name)) throw new Error(`${name} in ${parent}`);
    at += whole.length;
    const found = [...attributes.matchAll(/ ([a-z]+)="([^"<]*)"/g)].map(
      ([, key = '', value = '']) => [key, plain(value)] as const,
    );
    if (new Set(found.map(([key]) => key)).size < found.length) throw new Error('an attribute twice');
    const children: Element[] = [];
    let inside = '';
    while (closed === '' && !text.startsWith(`</${name}>`, at)) {
      if (at >= text.length) throw new Error(`${name} is never closed`);
      if (text[at] === '<') children.push(element(name));
      else {
        const end = text.indexOf('<', at);
        inside += plain(text.slice(at, end < 0 ? undefined : end));
        at = end < 0 ? text.length : end;
      }
    }
    if (closed === '') at += name.length + 3;
    return { name, attributes: Object.fromEntries(found), children, text: inside };
  };
  at += /^\s*/.exec(text.slice(at))?.[0].length ?? 0;
  const root = element(undefined);
  if (text.slice(at).trim() !== '') throw new Error('something behind the root');
  return root;
}

function plain(text: string): string {
  if (/&(?!(?:amp|lt|gt|quot|apos|#\d+);)/.test(text)) throw new Error(`a bare & in ${text}`);
  const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  return text.replace(/&(?:#(\d+)|(\w+));/g, (_, code: string | undefined, name: string) =>
    code === undefined ? (entities[name] ?? '') : String.fromCodePoint(Number(code)),
  );
}
