import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { similarPage } from '../../../grade/similar/page.ts';

const lab3 = readFileSync(new URL('../../../module/lab3.c', import.meta.url), 'utf8');
const shown = (key: string, text: string, name = key) => ({
  key,
  name,
  files: new Map([['lab3.c', Buffer.from(text)]]),
});
const none = new Map<string, Uint8Array>();
const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;

describe('the page', () => {
  const copy = lab3.replace(/\bworker/g, 'helper');
  const page = similarPage(shown('a', `int first;\n${lab3}`), shown('b', copy), none);

  test('says first that it changes no mark', () => {
    expect(page.indexOf('Similarity changes no mark.')).toBeGreaterThan(0);
    expect(page.indexOf('Similarity changes no mark.')).toBeLessThan(page.indexOf('class="sides"'));
    expect(page).toMatch(/(?:9\d|100) % of the smaller one’s code/);
  });

  test('marks each place on both sides, and each leads to the other', () => {
    const places = [...page.matchAll(/id="a-(\d+)"/g)].map(([, number]) => number);
    expect(places.length).toBeGreaterThan(0);
    for (const number of places) {
      expect(page).toContain(`id="b-${number}"`);
      expect(page).toContain(`href="#a-${number}"`);
      expect(page).toContain(`href="#b-${number}"`);
    }
    expect(new Set(places).size).toBe(places.length);
    expect(count(page, /<span/g)).toBe(count(page, /<\/span>/g));
  });

  test('shows the same line on both sides marked, and one’s own unmarked', () => {
    expect(page).toMatch(/<code><span class="line"><span class="number">1<\/span>int first;\n<\/span>/);
    const marked = page.split('class="same').slice(1).join('');
    expect(marked).toContain('kthread_');
    expect(marked).not.toContain('int first;');
  });

  test('needs nothing from elsewhere, and is light and dark', () => {
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/<script|<link|<img|https?:\/\//);
    expect(page).toContain('prefers-color-scheme: dark');
  });

  test('is the same each time', () => {
    expect(similarPage(shown('a', `int first;\n${lab3}`), shown('b', copy), none)).toBe(page);
  });
});

test('code that everybody was given is not marked', () => {
  const template = new Map([['lab3.c', Buffer.from(lab3)]]);
  const page = similarPage(shown('a', lab3), shown('b', lab3), template);
  expect(page).not.toContain('class="same');
  expect(page).toContain('0 % of the smaller one’s code');
});

test('two without a line of C', () => {
  const empty = { key: 'a', name: 'A', files: none };
  expect(count(similarPage(empty, empty, none), /There is no C code in it/g)).toBe(2);
});

test('whatever it holds, nothing of a student’s is markup', () => {
  const evil = '</pre><script>alert(1)</script>"\'><img src=x onerror=alert(1)>\u202e\x1b[31m\0';
  const page = similarPage(
    { key: 'a', name: evil, files: new Map([[`${evil}.c`, Buffer.from(`int a; // ${evil}\n${lab3}`)]]) },
    { key: 'b', name: evil, files: new Map([['b.c', Buffer.from(`${lab3}\n${evil}`)]]) },
    none,
  );
  expect(page).not.toMatch(/<script|<img|\u202e|\x1b|\0/);
  expect(page).toContain('&lt;script&gt;');
  const tags =
    /<\/?(?!(?:html|head|meta|title|style|body|main|header|h1|h2|h3|div|p|section|pre|code|span|a)\b)[a-z]+/gi;
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('<', '>', '"', '&', "'", 'b', '/', '\n', ' ', '=') }),
      (text) => {
        expect(similarPage(shown('a', text, text), shown('b', text), none)).not.toMatch(tags);
      },
    ),
    { numRuns: 50 },
  );
});

test('what is very long is cut', () => {
  const page = similarPage(
    shown('a', 'int a;\n'.repeat(20_000)),
    shown('b', `int ${'x'.repeat(100_000)};`),
    none,
  );
  expect(page).toContain('… 16000 more lines …');
  expect(page.length).toBeLessThan(1 << 20);
});
