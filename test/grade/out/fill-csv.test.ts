import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openCsv } from '../../../grade/out/fill-csv.ts';

const open = (text: string) => openCsv(Buffer.from(text), 'x.csv');

/** Any table as any program might write it: separator, line ends, quotes where needed or everywhere, a mark or none. */
const written = fc
  .record({
    separator: fc.constantFrom(',' as const, ';' as const, '\t' as const),
    newline: fc.constantFrom('\n', '\r\n'),
    mark: fc.boolean(),
    last: fc.boolean(),
    width: fc.integer({ min: 2, max: 5 }),
  })
  .chain((form) =>
    fc.record({
      form: fc.constant(form),
      body: fc.array(
        fc.array(
          fc.tuple(fc.string({ unit: fc.constantFrom(...'ab,;\t"\n\r é'), maxLength: 6 }), fc.boolean()),
          {
            minLength: form.width,
            maxLength: form.width,
          },
        ),
        { maxLength: 5 },
      ),
    }),
  )
  .map(({ form, body }) => {
    const header = Array.from({ length: form.width }, (_, at) => `c${at}`);
    const cell = ([text, quoted]: readonly [string, boolean]) =>
      quoted || /["\r\n,;\t]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    const lines = [header.join(form.separator), ...body.map((row) => row.map(cell).join(form.separator))];
    return {
      text: `${form.mark ? '\ufeff' : ''}${lines.join(form.newline)}${form.last ? form.newline : ''}`,
      separator: form.separator,
      rows: [header, ...body.map((row) => row.map(([text]) => text))],
    };
  });

describe('a file of somebody else', () => {
  it('is read as it was meant and written back byte for byte', () => {
    fc.assert(
      fc.property(written, ({ text, separator, rows }) => {
        const csv = open(text);
        expect(csv.toString()).toBe(text);
        expect(csv.separator).toBe(separator);
        expect(csv.rows).toEqual(rows);
      }),
    );
  });

  it('changes in nothing but the cell that is set', () => {
    fc.assert(
      fc.property(
        written,
        fc.nat(5),
        fc.nat(4),
        fc.string({ unit: fc.constantFrom(...'x,;"\n\t 1') }),
        (file, r, c, text) => {
          const csv = open(file.text);
          const row = r % file.rows.length;
          const column = c % (file.rows[0]?.length ?? 1);
          csv.set(row, column, text);
          const wanted = file.rows.map((cells, at) =>
            cells.map((cell, place) => (at === row && place === column ? text : cell)),
          );
          // A header that is set may count as another separator then; no gradebook's header ever is.
          if (row > 0) expect(open(csv.toString()).rows).toEqual(wanted);
          expect(csv.rows).toEqual(wanted);
        },
      ),
    );
  });

  it('takes a new column everywhere at the same place', () => {
    fc.assert(
      fc.property(written, fc.nat(5), (file, at) => {
        const csv = open(file.text);
        const place = at % ((file.rows[0]?.length ?? 0) + 1);
        csv.insertColumn(place, (row) => `n${row}`);
        expect(open(csv.toString()).rows).toEqual(
          file.rows.map((cells, row) => [...cells.slice(0, place), `n${row}`, ...cells.slice(place)]),
        );
      }),
    );
  });

  it('keeps quotes where they were, blank lines blank, and rows that end early as long as they must be', () => {
    const csv = open('"a",b,c\r\n\r\n"1","2"\r\n');
    csv.set(2, 1, 'x');
    csv.set(2, 2, 'y');
    csv.insertColumn(0, (row) => String(row));
    expect(csv.toString()).toBe('0,"a",b,c\r\n\r\n2,"1","x",y\r\n');
  });
});

it('keeps the line in which Excel says the separator', () => {
  const csv = open('\ufeffsep=;\r\na;b,c\r\n1;2\r\n');
  expect(csv.rows).toEqual([
    ['a', 'b,c'],
    ['1', '2'],
  ]);
  csv.set(1, 0, 'x;y');
  expect(csv.toString()).toBe('\ufeffsep=;\r\na;b,c\r\n"x;y";2\r\n');
});

describe('what is no such file', () => {
  it.each([
    ['not UTF-8', Buffer.from([0x61, 0x2c, 0xcf, 0xf0, 0xe8, 0xe2])],
    ['UTF-16', Buffer.from('\ufeffa,b', 'utf16le')],
    ['a quote that never closes', Buffer.from('a,b\n"x,y\n1,2\n')],
  ])('is refused: %s', (_, bytes) => {
    expect(() => openCsv(bytes, 'x.csv')).toThrow(expect.objectContaining({ name: 'GradebookUnreadable' }));
  });

  it('never makes it fail in another way, and comes back as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'a,;"\n\r\t') }), (text) => {
        try {
          expect(open(text).toString()).toBe(text);
        } catch (error) {
          expect(error).toMatchObject({ name: 'GradebookUnreadable' });
        }
      }),
    );
  });
});
