/** Reads the student's text back from a report.docx: Office Open XML, a zip file with XML inside. */
import { inflateRawSync } from 'node:zlib';
import type { ReadBack } from './student.ts';

/** Tables that hold the student's text follow a paragraph with one of these bookmarks. */
export const docxBookmarks = { student: 'lab3_student', conclusions: 'lab3_conclusions' } as const;

const largestXml = 32 * 1024 * 1024;

export function readDocxText(bytes: Uint8Array): ReadBack {
  const xml = zipEntry(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), 'word/document.xml');
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
  const names: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return names[name] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

/** One entry of a zip file through its central directory (APPNOTE 4.3.12, 4.3.16); `undefined` if it is no such file. */
function zipEntry(zip: Buffer, wanted: string): string | undefined {
  try {
    const end = zip.lastIndexOf('PK\x05\x06', undefined, 'latin1');
    if (end < 0) return undefined;
    const count = zip.readUInt16LE(end + 10);
    let at = zip.readUInt32LE(end + 16);
    for (let entry = 0; entry < count; entry++) {
      const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) =>
        zip.readUInt16LE(at + offset),
      );
      const name = zip.toString('utf8', at + 46, at + 46 + (nameLength ?? 0));
      if (name === wanted) {
        const local = zip.readUInt32LE(at + 42);
        const from = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
        const packed = zip.subarray(from, from + zip.readUInt32LE(at + 20));
        const method = zip.readUInt16LE(at + 10);
        if (method === 0) return packed.toString('utf8');
        return method === 8
          ? inflateRawSync(packed, { maxOutputLength: largestXml }).toString('utf8')
          : undefined;
      }
      at += 46 + (nameLength ?? 0) + (extraLength ?? 0) + (commentLength ?? 0);
    }
    return undefined;
  } catch {
    return undefined; // Cut short or not a zip file at all: the caller keeps a copy of it.
  }
}
