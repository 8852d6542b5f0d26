/** Keys, names of people, names in zip files and patterns of files. */
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyPattern } from '../../../grade/document.ts';
import { decodeNames } from '../../../grade/intake/archive/zip-names.ts';
import { defaultLimits } from '../../../grade/intake/limits.ts';
import { plainName } from '../../../grade/intake/paths.ts';
import { defaultKeep, expandBraces, keeper } from '../../../grade/intake/patterns.ts';
import { makeKeys } from '../../../grade/intake/people/keys.ts';
import { latinWords, nameWords } from '../../../grade/intake/people/names.ts';
import { transliterate } from '../../../grade/intake/people/transliterate.ts';
import { textOf } from '../../../grade/intake/text.ts';
import { codePage866, makeZip } from './archives.ts';
import { names, testFolder } from './folder.ts';

const { readOne } = testFolder();

describe('keys', () => {
  const keyOf = (name: string) => makeKeys([{ name, identity: '1' }])[0];
  test.each([
    ['Иванов Пётр', 'ivanov-petr'],
    ['Щукина Юлия', 'shchukina-yuliya'],
    ['Олександр Ґудзь-Їжак', 'oleksandr-gudz-yizhak'],
    ['José Müller_2', 'jose-muller_2'],
    ['Ørsted, Łukasz', 'orsted-lukasz'],
    ['../../etc/passwd', 'etc-passwd'],
    ['..', 'student-6b86b2'],
    ['李小龙', 'student-6b86b2'],
    ['CON', 'con-6b86b2'],
    ['lpt1.c', 'lpt1-c-6b86b2'],
    ['=cmd|calc', 'cmd-calc'],
    ['x'.repeat(300), 'x'.repeat(60)],
  ])('%s', (name, key) => {
    expect(keyOf(name)).toBe(key);
  });

  test('are unique, fit every platform, and depend on nobody’s place', () => {
    const name = fc.oneof(
      fc.constantFrom('Иванов', 'Ivanov', 'ivanov', 'IVANOV', 'con', '李', '', 'ivanov-6b86b2', 'a.'),
      fc.string({ unit: 'grapheme', maxLength: 100 }),
    );
    const people = fc.uniqueArray(fc.record({ name, identity: fc.uuid() }), {
      selector: ({ identity }) => identity,
    });
    fc.assert(
      fc.property(people, fc.infiniteStream(fc.nat()), (all, random) => {
        const keys = makeKeys(all);
        expect(new Set(keys).size).toBe(all.length);
        for (const key of keys) expect(key).toMatch(keyPattern);
        const order = all.map((_, at) => at).sort(() => ((random.next().value ?? 0) % 2) - 0.5);
        const shuffled = makeKeys(order.map((at) => all[at] ?? { name: '', identity: '' }));
        expect(order.map((at) => keys[at])).toEqual(shuffled);
      }),
    );
  });
});

describe('names of people', () => {
  test.each([
    ['Иванов Иван', 'Иван  ИВАНОВ'],
    ['Ёлкин Пётр', 'петр елкин'],
    ['Doe, Jane', 'jane doe'],
    ['José', 'Jose\u0301'],
  ])('%s is %s', (a, b) => {
    expect(nameWords(a)).toEqual(nameWords(b));
  });

  test.each([
    ['Юлия Щербакова', 'Yulia Shcherbakova', 'Iuliia Scherbakova', 'Julija Sherbakova'],
    ['Хрущёв Никита', 'Khrushchev Nikita', 'Hruschev Nikita'],
    ['Андрей Цой', 'Andrey Tsoy', 'Andrei Tsoi', 'Andrej Coj'],
    ['Максим', 'Maxim', 'Maksim'],
  ])('%s in Latin letters', (name, ...others) => {
    for (const other of others) expect(latinWords(other), other).toEqual(latinWords(name));
  });

  test('transliteration leaves no Cyrillic letter', () => {
    expect(transliterate('АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ іїєґў')).toMatch(/^[a-z ]+$/);
  });
});

describe('names in zip files', () => {
  const raw = (bytes: Uint8Array, utf8 = false) => ({ bytes, utf8, extraFields: [] });

  test.each([
    ['UTF-8 with the flag', [raw(Buffer.from('лаба.c'), true)], ['лаба.c']],
    ['UTF-8 without it', [raw(Buffer.from('лаба.c'))], ['лаба.c']],
    [
      'code page 866',
      [raw(codePage866('Лаба 3/отчёт'.replace('ё', 'е'))), raw(codePage866('Лаба 3/я.c'))],
      ['Лаба 3/отчет', 'Лаба 3/я.c'],
    ],
    ['code page 437', [raw(Buffer.from('M\x81ller/r\x82sum\x82.c', 'latin1'))], ['Müller/résumé.c']],
    ['both', [raw(Buffer.from('лаба.c')), raw(codePage866('отчет.c'))], ['лаба.c', 'отчет.c']],
  ])('%s', (_, given, expected) => {
    expect(decodeNames(given)).toEqual(expected);
  });

  test('Info-ZIP’s own field, if it is for this name', () => {
    const bytes = Buffer.from('????.c');
    const field = (sum: number) => {
      const data = Buffer.alloc(5);
      data[0] = 1;
      data.writeUInt32LE(sum, 1);
      return [{ id: 0x7075, data: Buffer.concat([data, Buffer.from('лаба.c')]) }];
    };
    expect(decodeNames([{ bytes, utf8: false, extraFields: field(crc32(bytes)) }])).toEqual(['лаба.c']);
    expect(decodeNames([{ bytes, utf8: false, extraFields: field(1) }])).toEqual(['????.c']);
  });

  test('in a submission, composed as Unicode wants it', async () => {
    const zip = makeZip([{ name: codePage866('код.c'), utf8: false }, { name: 'и\u0306.h' }]);
    expect(names(await readOne('a.zip', zip))).toEqual(['й.h', 'код.c']);
  });

  test('any bytes give a name', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 20 })), (all) => {
        expect(decodeNames(all.map((bytes) => raw(bytes)))).toHaveLength(all.length);
      }),
    );
  });

  test.each(['./C:/a.c', '.\\C:', '. /C:/a.c', 'a/.. /b', 'a/. . /b', '.../b', '/a', 'C:a'])(
    '%j is refused',
    (name) => expect(() => plainName(name, defaultLimits)).toThrow(/unsafe path/),
  );

  test('a plain name never leads out of its folder', () => {
    const part = fc.constantFrom('..', '.', '. ', '', 'a', 'C:', ' ', '.. ', '...', 'b.c', 'й');
    const name = fc
      .array(part, { maxLength: 6 })
      .chain((parts) => fc.constantFrom('/', '\\').map((separator) => parts.join(separator)));
    fc.assert(
      fc.property(fc.oneof(name, fc.string({ unit: 'binary', maxLength: 20 })), (given) => {
        let plain: string;
        try {
          plain = plainName(given, defaultLimits);
        } catch (error) {
          expect((error as Error).name).toBe('Refusal');
          return;
        }
        expect(plain).not.toMatch(/^[/\\]|\\|\0|\/\/|\/$|^[A-Za-z]:/);
        expect(plain.split('/').some((each) => /^\.+[ .]*$/.test(each) && each !== '')).toBe(false);
      }),
    );
  });
});

describe('patterns', () => {
  const keeps = (patterns: string[], path: string) => keeper(patterns)(path);
  test.each([
    'a.c',
    'x/y/a.H',
    'Makefile',
    'src/makefile',
    'Kbuild',
    'README',
    'readme.rst',
    'report.pdf',
    'Report-Ivanov.DOCX',
    'a/b.png',
  ])('kept by default: %s', (path) => expect(keeps([...defaultKeep], path)).toBe(true));
  test.each(['a.cpp', 'Makefile.bak', 'a.c/notes', 'x.ko', 'report', 'report.exe', 'notes.md'])(
    'not kept by default: %s',
    (path) => expect(keeps([...defaultKeep], path)).toBe(false),
  );
  test.each([
    ['src/*.c', 'src/a.c', true],
    ['src/*.c', 'x/src/a.c', false],
    ['src/*.c', 'src/x/a.c', false],
    ['**/docs/*', 'a/b/docs/x', true],
    ['**/docs/*', 'docs/x', true],
    ['docs/**', 'docs/a/b', true],
    ['?.c', 'a.c', true],
    ['?.c', 'ab.c', false],
    ['*', 'a/b', true],
    ['{a,b}{1,2}.c', 'b2.c', true],
    ['{a.c', '{a.c', true],
    ['отчёт*', 'Отчёт.pdf', true],
    ['[a].c', 'a.c', false],
  ])('%s of %s: %s', (pattern, path, kept) => {
    expect(keeps([pattern], path)).toBe(kept);
  });

  test('braces', () => {
    expect(expandBraces('a{b,c{d,e}}f')).toEqual(['abf', 'acdf', 'acef']);
    expect(expandBraces('{a,b}'.repeat(20)).length).toBeLessThanOrEqual(500);
  });

  test('no pattern is slow', () => {
    const started = performance.now();
    expect(keeps(['*a'.repeat(100)], `${'a'.repeat(900)}b`)).toBe(false);
    expect(keeps([`${'**/'.repeat(30)}x`], `${'a/'.repeat(400)}b`)).toBe(false);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  test('a pattern without signs matches itself alone', () => {
    const plain = fc.stringMatching(/^[a-z.]{1,8}$/);
    fc.assert(
      fc.property(plain, plain, (a, b) => {
        expect(keeps([a], b)).toBe(a === b);
        expect(keeps([`${a}*`], b)).toBe(b.startsWith(a));
      }),
    );
  });
});

test('text of any bytes is UTF-8 with LF', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 60 }),
        fc.string().map((text) => Buffer.from(text, 'utf16le')),
      ),
      (given) => {
        const { bytes } = textOf(given);
        const read = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
        expect(read).not.toContain('\r\n');
      },
    ),
  );
});
