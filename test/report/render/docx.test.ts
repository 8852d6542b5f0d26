import { beforeAll, describe, expect, it } from 'vitest';
import { renderDocx } from '../../../report/render/docx.ts';
import { readBack } from '../../../report/student.ts';
import { visible } from '../../../report/text.ts';
import { zipEntry } from '../../../report/zip.ts';
import { hostileTexts } from '../hostile.ts';
import { sampleResult } from '../sample.ts';
import { sampleRendering } from '../sample-report.ts';

describe('renderDocx', () => {
  let xml = '';
  beforeAll(async () => {
    xml = zipEntry(await renderDocx(sampleRendering()), 'word/document.xml') ?? '';
  });

  it('holds the totals, repeats table headers, and describes its pictures', () => {
    expect(xml).toContain('>10\u00a0000\u00a0000<');
    expect(xml).toContain('>5\u00a0812\u00a0000<');
    expect(xml.match(/<w:tblHeader\/>/g)?.length).toBeGreaterThan(5);
    const pictures = [...xml.matchAll(/<wp:docPr [^>]*>/g)].map(([tag]) => tag);
    expect(pictures).toHaveLength(7);
    for (const picture of pictures) expect(picture).toMatch(/descr="[^"]{20,}"/);
  });

  it('keeps hostile text as text, and XML as XML', async () => {
    const result = sampleResult(undefined, { module: { name: 'm', files: [...hostileTexts] } });
    const text = zipEntry(await renderDocx(sampleRendering(result)), 'word/document.xml') ?? '';
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(text).toContain('user[U+202E]txt.exe');
    expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\ufffe\uffff]|<script|<img/);
    expect(text.match(/<w:p[ >]/g)?.length).toBe(xml.match(/<w:p[ >]/g)?.length);
  });

  it('gives the student’s text back', async () => {
    const conclusions = hostileTexts.map((text) => visible(text).replace(/\s+/g, ' ').trim()).join('\n\n');
    const student = { name: 'Ада <Лавлейс> & "Co"', group: 'ІО-41', conclusions: { text: conclusions } };
    const read = readBack('report.docx', await renderDocx(sampleRendering(sampleResult(), { student })));
    expect(read).toEqual({ name: student.name, group: student.group, conclusions });
  });

  it('reads nothing from a file that is none, and never throws', async () => {
    const whole = await renderDocx(sampleRendering());
    expect(readBack('report.docx', new Uint8Array())).toEqual({});
    for (const cut of [10, 1000, whole.length - 10])
      expect(readBack('report.docx', whole.slice(0, cut))).toEqual({});
    for (let at = whole.length - 400; at < whole.length; at += 7) {
      const damaged = whole.slice();
      damaged[at] = 0xff;
      expect(() => readBack('report.docx', damaged)).not.toThrow();
    }
  });
});
