import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { errorsPage } from '../../lab/errors/page.ts';
import { type CatalogueEntry, catalogue, exitCodes, labError } from '../../lab/errors.ts';

const entries = Object.entries<CatalogueEntry>(catalogue);
const page = errorsPage();
const sectionOf = (name: string) => page.split(`### ${name}\n`)[1]?.split('\n##')[0] ?? '';

describe('every entry', () => {
  test.each(entries)('%s has a title, a message and a hint', (name, entry) => {
    expect(entry.title).toMatch(/^\S.*[^.\s]$/);
    expect(Object.keys(exitCodes)).toContain(entry.fault);
    const [title, message, hint] = sectionOf(name)
      .trim()
      .split(/\n\n(?=>)/);
    expect(title).toContain(entry.title);
    expect(message?.length).toBeGreaterThanOrEqual(10);
    expect(hint?.length).toBeGreaterThanOrEqual(10);
  });

  test.each(entries)('%s shows no value that is not there', (name) => {
    expect(sectionOf(name)).not.toMatch(/undefined|NaN|\bnull\b(?! pointer)|\[object|function\s*\(|=>/);
  });

  test.each(entries)('%s is named as a type', (name) => {
    expect(name).toMatch(/^[A-Z][A-Za-z]+$/);
  });
});

test('docs/errors.md is up to date: node scripts/docs.mjs', () => {
  expect(readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')).toBe(page);
});

test('an error carries its fault, its words and its cause', () => {
  const cause = new Error('EACCES');
  const error = labError('NotWritable', { path: '/x', what: 'The cache' }, { cause, detail: 'a line' });
  expect(error).toMatchObject({
    name: 'NotWritable',
    fault: 'computer',
    exitCode: 69,
    cause,
    detail: 'a line',
  });
  expect(error.message).toBe('The cache cannot be written: /x.');
});
