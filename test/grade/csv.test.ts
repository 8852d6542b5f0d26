import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { harmless, readCsv, writeCsv } from '../../grade/csv.ts';

const read = (text: string) => {
  const { header, rows } = readCsv(text);
  return [header, ...rows];
};

describe('reading', () => {
  test.each<[string, string, string[][]]>([
    ['nothing', '', [[]]],
    ['a header alone', 'a,b', [['a', 'b']]],
    [
      'CR LF and LF',
      'a,b\r\n1,2\n3,4\r\n',
      [
        ['a', 'b'],
        ['1', '2'],
        ['3', '4'],
      ],
    ],
    [
      'CR alone',
      'a,b\r1,2\r',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'titles with commas in a file of Excel’s, which does not quote them there',
      'Фамилия, имя, отчество;Группа\r\nИванов Иван Иванович;101\r\n',
      [
        ['Фамилия, имя, отчество', 'Группа'],
        ['Иванов Иван Иванович', '101'],
      ],
    ],
    [
      'a title with a semicolon in a file with commas',
      'name,a; b,c\nx,1,2\ny,3,4\n',
      [
        ['name', 'a; b', 'c'],
        ['x', '1', '2'],
        ['y', '3', '4'],
      ],
    ],
    [
      'quotes, separators and line ends in a cell',
      'a,b\n"x, ""y""","p\r\nq"\n',
      [
        ['a', 'b'],
        ['x, "y"', 'p\r\nq'],
      ],
    ],
    [
      'a byte order mark',
      '\ufeffимя;почта\nИван;i@x.ru\n',
      [
        ['имя', 'почта'],
        ['Иван', 'i@x.ru'],
      ],
    ],
    [
      'tabs',
      'a\tb\n1,5\t2\n',
      [
        ['a', 'b'],
        ['1,5', '2'],
      ],
    ],
    [
      'a separator inside quotes does not decide',
      '"a;b;c",d\n1,2\n',
      [
        ['a;b;c', 'd'],
        ['1', '2'],
      ],
    ],
    [
      'what Excel declares',
      'sep=;\r\na;b,c,d\r\n1;2\r\n',
      [
        ['a', 'b,c,d'],
        ['1', '2'],
      ],
    ],
    [
      'empty lines',
      'a,b\n\n1,2\n\n\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'empty cells',
      'a,b,\n,,\n',
      [
        ['a', 'b', ''],
        ['', '', ''],
      ],
    ],
    ['a separator as the last character', 'a,', [['a', '']]],
    ['one column', 'name\nIvan\n""\n', [['name'], ['Ivan'], ['']]],
    [
      'a quote inside a cell',
      'a,b\n5" disk,x\n',
      [
        ['a', 'b'],
        ['5" disk', 'x'],
      ],
    ],
    [
      'text after the closing quote',
      'a,b\n"x"y,z\n',
      [
        ['a', 'b'],
        ['xy', 'z'],
      ],
    ],
    ['spaces are kept', 'a, b\n', [['a', ' b']]],
  ])('%s', (_, text, rows) => {
    expect(read(text)).toEqual(rows);
  });

  test('a quote that is never closed is said', () => {
    expect(() => readCsv('a,b\n1,"2\n3,4\n')).toThrow('a quote that is opened in row 2 is never closed');
  });

  test('too much is said, and soon', () => {
    expect(() => readCsv('\n'.repeat((32 << 20) + 1))).toThrow(/limit/);
    expect(() => readCsv('a\n'.repeat(200_002))).toThrow(/limit of 200000 lines/);
    expect(() => readCsv(','.repeat(3000))).toThrow(/limit of 2000 columns/);
  });
});

describe('writing', () => {
  test.each(['=1+2', '+7 900', '-1', '@SUM(A1)', '\tx', '\rx'])('%j is no formula', (cell) => {
    expect(
      readCsv(
        writeCsv([
          ['a', 'b'],
          ['x', cell],
        ]),
      ).rows,
    ).toEqual([['x', `'${cell}`]]);
    expect(harmless(`x${cell}`)).toBe(`x${cell}`);
  });

  test('columns that are named stay as they are', () => {
    expect(writeCsv([['-1', '-1']], { plain: [1] })).toBe("'-1,-1\r\n");
  });

  test('a byte order mark and another separator, where asked for', () => {
    expect(writeCsv([['a;b', 'c,d']], { separator: ';', byteOrderMark: true })).toBe('\ufeff"a;b";c,d\r\n');
  });

  const text = fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.string({ unit: fc.constantFrom('"', ',', ';', '\t', '\r', '\n', 'a', ' ', '='), maxLength: 6 }),
  );
  test('what is written is read back', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(text, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 }),
        fc.constantFrom(',', ';', '\t'),
        (rows, separator) => {
          const written = writeCsv(rows, { separator, plain: [0, 1, 2, 3] });
          const plain = `${'h'.repeat(3)}${separator}x${separator}y\r\n${written}`;
          expect(read(plain).slice(1)).toEqual(rows);
        },
      ),
    );
  });

  test('no cell is a formula, and nothing is lost', () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 2, maxLength: 4 }), (row) => {
        const [back = []] = readCsv(`h,h\r\n${writeCsv([row])}`).rows;
        expect(back.every((cell) => !/^[=+\-@\t\r]/.test(cell))).toBe(true);
        expect(back.map((cell, at) => (cell === row[at] ? cell : cell.slice(1)))).toEqual(row);
      }),
    );
  });

  test('whatever is read never hangs and never throws but in words', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('"', ',', ';', '\r', '\n', 'a'), maxLength: 40 }),
        (input) => {
          try {
            const { header, rows } = readCsv(input);
            expect([header, ...rows].flat().join('').length).toBeLessThanOrEqual(input.length);
          } catch (error) {
            expect((error as Error).message).toMatch(/never closed/);
          }
        },
      ),
    );
  });
});
