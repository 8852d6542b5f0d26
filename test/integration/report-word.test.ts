/** report.docx in LibreOffice: it opens, and what it shows has the totals. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBack } from '../../report/student.ts';
import { hostileTexts } from '../report/hostile.ts';
import { recorded } from '../report/recorded.ts';
import { sampleResult, sampleRun } from '../report/sample.ts';
import { requirePart } from '../require.ts';
import { onPath } from './on-path.ts';
import { fromSample, reportFolder } from './report-files.ts';

const soffice = onPath('soffice', 'libreoffice');
const pdftotext = onPath('pdftotext');
const present =
  requirePart(
    'LibreOffice',
    soffice !== undefined,
    'soffice is not on the PATH (libreoffice-writer-nogui)',
  ) && requirePart('pdftotext', pdftotext !== undefined, 'pdftotext is not on the PATH (poppler-utils)');

describe.skipIf(!present)('report.docx in LibreOffice', () => {
  const folders: string[] = [];
  let office = '';
  beforeAll(async () => {
    office = await mkdtemp(join(tmpdir(), 'lab3-office-'));
    folders.push(office);
  });
  afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

  async function convert(file: string, to: string): Promise<string> {
    const profile = pathToFileURL(join(office, 'profile')).href;
    await execa(
      soffice ?? '',
      [`-env:UserInstallation=${profile}`, '--headless', '--convert-to', to, '--outdir', office, file],
      {
        timeout: 120_000,
      },
    );
    return join(office, `report.${to}`);
  }
  async function text(pdf: string): Promise<string> {
    const { stdout } = await execa(pdftotext ?? '', ['-layout', pdf, '-'], { timeout: 60_000 });
    return stdout.replace(/\u00a0/g, ' ');
  }

  it('opens and shows the totals, the student and the log', async () => {
    const folder = await reportFolder(await recorded());
    folders.push(folder);
    const seen = await text(await convert(join(folder, 'report.docx'), 'pdf'));
    expect(seen).toMatch(/no lock +10 000 000 +7 971 140 +1 014 430 +20\.29/);
    expect(seen).toMatch(/own spinlock +10 000 000 +10 000 000 +0 +0\.00/);
    expect(seen).toContain('Ада Лавлейс');
    expect(seen).toContain('total=10000000 expected=10000000 lost=0');
    expect(seen).toContain('Conclusions');
    expect(seen).toMatch(/Page 1 of \d/);
  });

  it('opens with hostile texts, a crash and no screenshots', async () => {
    const result = sampleResult([sampleRun({ lock: 'own', crashed: true })], {
      module: { name: hostileTexts.join(' '), files: [...hostileTexts] },
    });
    const folder = await reportFolder(await fromSample(result, 'no pictures'));
    folders.push(folder);
    const seen = await text(await convert(join(folder, 'report.docx'), 'pdf'));
    expect(seen).toContain('no total');
    expect(seen).toContain('NULL pointer dereference');
    expect(seen).toContain('[U+202E]');
  });

  it('keeps its editable places when LibreOffice writes it again', async () => {
    const folder = await reportFolder(await recorded());
    folders.push(folder);
    const odt = await convert(join(folder, 'report.docx'), 'odt');
    const again = await convert(odt, 'docx');
    expect(await readdir(office)).toContain('report.docx');
    expect(readBack('report.docx', await readFile(again))).toEqual({
      name: 'Ада Лавлейс',
      group: 'ІО-41',
      conclusions: '',
    });
  });
});
