/** Reads the student's text back from a report.docx: Office Open XML, a zip file with XML inside. */
import type { ReadBack } from './student.ts';
import { zipEntry } from './zip.ts';

/** Tables that hold the student's text follow a paragraph with one of these bookmarks. */
export const docxBookmarks = { student: 'lab3_student', conclusions: 'lab3_conclusions' } as const;

export function readDocxText(bytes: Uint8Array): ReadBack {
  const xml = zipEntry(bytes, 'word/document.xml');
  if (xml === undefined) return {};
  const student = tableAfter(xml, docxBookmarks.student);
  const conclusions = tableAfter(xml, docxBookmarks.conclusions);
  const [name, group] = student?.length === 2 ? student.map((row) => row[1]) : [];
  const text = conclusions?.[0]?.[0];
  return {
    ...(name === undefined ? {} : { name: name.replace(/\s+/g, ' ').trim() }),
    ...(group === undefined ? {} : { group: group.replace(/\s+/g, ' ').trim() }),
    ...(text === undefined ? {} : { conclusions: text.trim() }),
  };
}

/** Texts of the cells, row by row, of the first table after a bookmark. */
function tableAfter(xml: string, bookmark: string): string[][] | undefined {
  const at = xml.search(new RegExp(`<w:bookmarkStart\\b[^>]*\\bw:name="${bookmark}"`));
  if (at < 0) return undefined;
  const from = xml.indexOf('<w:tbl>', at);
  const to = xml.indexOf('</w:tbl>', from);
  if (from < 0 || to < 0) return undefined;
  return pieces(xml.slice(from, to), 'tr').map((row) => pieces(row, 'tc').map(cellText));
}

/** Contents of the elements of one name, which do not nest here. */
const pieces = (xml: string, element: string): string[] =>
  [...xml.matchAll(new RegExp(`<w:${element}(?: [^>]*[^/>])?>(.*?)</w:${element}>`, 'gs'))].map(
    ([, inner]) => inner ?? '',
  );

/** A paragraph is parted from the next by a blank line, a break within it by a new line. */
function cellText(xml: string): string {
  return pieces(xml, 'p')
    .map((paragraph) =>
      [...paragraph.matchAll(/<w:t(?: [^>]*)?>([^<]*)<\/w:t>|<w:(br|cr|tab)\b/g)]
        .map(([, text, mark]) =>
          mark === undefined ? unescapeXml(text ?? '') : mark === 'tab' ? '\t' : '\n',
        )
        .join(''),
    )
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .join('\n\n');
}

function unescapeXml(text: string): string {
  const names = new Map([
    ['amp', '&'],
    ['lt', '<'],
    ['gt', '>'],
    ['quot', '"'],
    ['apos', "'"],
  ]);
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return names.get(name) ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
