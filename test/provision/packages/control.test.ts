import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatRelations,
  parseParagraphs,
  parseRelations,
  type Relation,
} from '../../../provision/packages/control.ts';

describe('paragraphs', () => {
  test('are split at blank lines; folded fields and comments are read', () => {
    const text = '# sources\r\nTypes: deb\r\nURIs: a\n b\n# in between\n c\n\n\n  \nTypes: deb-src\n';
    expect(parseParagraphs(text).map((fields) => [...fields])).toEqual([
      [
        ['types', 'deb'],
        ['uris', 'a\nb\nc'],
      ],
      [['types', 'deb-src']],
    ]);
  });

  test('of any text are read without an error', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseParagraphs(text)));
  });

  const name = fc.stringMatching(/^[A-Za-z][A-Za-z-]{0,8}$/);
  const value = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/);
  test('come back as they were written', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.uniqueArray(fc.tuple(name, value), { selector: ([n]) => n.toLowerCase(), minLength: 1 }),
          {
            maxLength: 4,
          },
        ),
        (paragraphs) => {
          const text = paragraphs.map((fields) => fields.map(([n, v]) => `${n}: ${v}\n`).join('')).join('\n');
          const expected = paragraphs.map((fields) => fields.map(([n, v]) => [n.toLowerCase(), v]));
          expect(parseParagraphs(text).map((fields) => [...fields])).toEqual(expected);
        },
      ),
    );
  });
});

describe('relations', () => {
  test('are read with versions, alternatives and qualifiers', () => {
    const field = 'libc6 (>= 2.38), perl:any, mail-agent | exim4 (<< 5), old (> 1), x [amd64] <!nocheck>';
    expect(parseRelations(field)).toEqual([
      [{ name: 'libc6', operator: '>=', version: '2.38' }],
      [{ name: 'perl' }],
      [{ name: 'mail-agent' }, { name: 'exim4', operator: '<<', version: '5' }],
      [{ name: 'old', operator: '>=', version: '1' }],
      [{ name: 'x' }],
    ]);
    expect(parseRelations(undefined)).toEqual([]);
  });

  const relation: fc.Arbitrary<Relation> = fc.oneof(
    fc.record({ name: fc.stringMatching(/^[a-z0-9][a-z0-9+.-]{1,8}$/) }),
    fc.record({
      name: fc.stringMatching(/^[a-z0-9][a-z0-9+.-]{1,8}$/),
      operator: fc.constantFrom('<<', '<=', '=', '>=', '>>'),
      version: fc.stringMatching(/^[0-9][a-z0-9.+~:-]{0,8}$/),
    }),
  );
  test('come back as they were written', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(relation, { minLength: 1, maxLength: 3 }), { maxLength: 4 }),
        (groups) => {
          expect(parseRelations(groups.map(formatRelations).join(', '))).toEqual(groups);
        },
      ),
    );
  });

  test('of any text are read without an error', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseRelations(text)));
  });
});
