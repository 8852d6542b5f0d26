import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseCheck } from '../../lab/check/document.ts';
import { parseResult } from '../../lab/result.ts';
import { renderDocx } from '../../report/render/docx.ts';
import { hasResult, keepCheck, type ReportInput, rewriteReport, writeReport } from '../../report/write.ts';
import { sampleDmesg, sampleResult, sampleRun, sampleRuns } from './sample.ts';
import { sampleCheck } from './sample-check.ts';
import { samplePng, sampleRendering } from './sample-report.ts';

const screenshot = await samplePng();
const reference = await samplePng(640, 480);

let folder = '';
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'lab3 звіт ')), 'lab3-report');
});
afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

function input(change: Partial<ReportInput> = {}): ReportInput {
  const result = change.result ?? sampleResult();
  return {
    result,
    dmesg: sampleDmesg(result),
    screenshots: new Map([
      ['no_spinlock', screenshot],
      ['spinlock', screenshot],
    ]),
    references: new Map([['no_spinlock', reference]]),
    moduleFiles: new Map([
      ['lab3.c', Buffer.from('int x;\n')],
      ['src/Kbuild', Buffer.from('obj-m := lab3.o\n')],
    ]),
    ...change,
  };
}

const read = (path: string) => readFile(join(folder, path), 'utf8');
const list = async () =>
  (await readdir(folder, { recursive: true })).map((path) => path.replaceAll('\\', '/')).sort();

/** Writes into a file as a student's editor would, at a time of its own. */
async function edit(path: string, change: (text: string) => string, time = Date.now() / 1000): Promise<void> {
  const text = await read(path);
  const changed = change(text);
  expect(changed).not.toBe(text);
  await writeFile(join(folder, path), changed);
  await utimes(join(folder, path), time, time);
}
const conclude = (text: string) => (report: string) =>
  report.replace(/(conclusions begin.*\n)[\s\S]*?(\n(?:<!--|\.\.) lab3: conclusions end)/, `$1\n${text}\n$2`);
const name = (text: string) => (report: string) => report.replace(/^(:Name:|- Name:).*$/m, `$1 ${text}`);

describe('writeReport', () => {
  it('writes every file of the report and returns their names', async () => {
    const written = await writeReport(folder, input());
    expect([...written].sort()).toEqual([
      'README.rst',
      'dmesg.txt',
      'img/lost_updates.png',
      'img/no_spinlock.png',
      'img/reference_no_spinlock.png',
      'img/spinlock.png',
      'img/threads_1.png',
      'img/threads_2.png',
      'module/lab3.c',
      'module/src/Kbuild',
      'report.docx',
      'report.html',
      'report.md',
      'result.json',
    ]);
    expect(await list()).toEqual([...written, '.lab3-report.json', 'img', 'module', 'module/src'].sort());
    expect(parseResult(JSON.parse(await read('result.json')), 'result.json')).toEqual(sampleResult());
    expect(await read('module/lab3.c')).toBe('int x;\n');
  });

  it('takes away what a result no longer has, but nothing that is not its own', async () => {
    await writeReport(folder, input());
    await writeFile(join(folder, 'notes.txt'), 'mine');
    await appendFile(join(folder, 'module', 'src', 'Kbuild'), '# mine\n');
    const result = sampleResult([
      sampleRun({ lock: 'none' }),
      sampleRun({ lock: 'own', crashed: true, firstLine: 313 }),
    ]);
    await writeReport(folder, input({ result, screenshots: new Map(), moduleFiles: new Map() }));
    const files = await list();
    for (const gone of ['img/spinlock.png', 'img/no_spinlock.png', 'img/threads_2.png', 'module/lab3.c'])
      expect(files).not.toContain(gone);
    expect(files).toEqual(expect.arrayContaining(['notes.txt', 'module/src/Kbuild']));
    expect(await read('report.md')).toContain('No screenshot');
  });

  it('keeps source files by names that every file system holds', async () => {
    const moduleFiles = new Map(['aux.c', 'Lab.c', 'lab.c'].map((name) => [name, Buffer.from(name)]));
    await writeReport(folder, input({ moduleFiles }));
    expect(await read('module/aux_.c')).toBe('aux.c');
    expect(await read('module/lab_2.c')).toBe('lab.c');
  });

  it('refuses source files that would lie elsewhere', async () => {
    for (const path of ['../x.c', '/etc/x', 'a//b', 'a/./b', 'C:x', 'a\\b', '', 'x\u0000'])
      await expect(
        writeReport(folder, input({ moduleFiles: new Map([[path, Buffer.from('')]]) })),
      ).rejects.toMatchObject({
        name: 'ReportPathUnsafe',
      });
    await expect(list()).rejects.toThrow();
  });

  it('leaves the old report whole when a file cannot be replaced', async () => {
    await writeReport(folder, input());
    await rm(join(folder, 'report.docx'));
    await mkdir(join(folder, 'report.docx', 'in the way'), { recursive: true });
    const before = await Promise.all(
      ['result.json', 'report.html', 'README.rst', 'img/spinlock.png'].map(read),
    );
    const result = sampleResult(sampleRuns({ nThreads: 4 }));
    await expect(writeReport(folder, input({ result }))).rejects.toMatchObject({ fault: 'computer' });
    expect(
      await Promise.all(['result.json', 'report.html', 'README.rst', 'img/spinlock.png'].map(read)),
    ).toEqual(before);
    expect((await list()).filter((path) => path.startsWith('.lab3-report-'))).toEqual([]);
  });

  it('says so when the folder is a file', async () => {
    await writeFile(folder, '');
    await expect(writeReport(folder, input())).rejects.toMatchObject({ name: 'NotWritable' });
  });
});

describe('what the student wrote', () => {
  it('is kept in the file it was written in and shown in the others', async () => {
    await writeReport(folder, input({ student: { name: 'Ada', group: 'IO-41' } }));
    await edit('README.rst', conclude('Updates *were* lost.\n\n* because of a race'));
    const written = await rewriteReport(folder);
    expect(written.filter((path) => path.includes('previous'))).toEqual([]);
    expect(await read('README.rst')).toContain('\nUpdates *were* lost.\n\n* because of a race\n');
    expect(await read('report.md')).toContain('Updates \\*were\\* lost.');
    expect(await read('report.html')).toContain('Updates *were* lost.');
    expect(await read('README.rst')).toContain(':Name: Ada\n:Group: IO-41');

    await rewriteReport(folder);
    await writeReport(folder, input({ result: sampleResult(sampleRuns({ nThreads: 4 })) }));
    expect(await read('README.rst')).toContain('\nUpdates *were* lost.\n\n* because of a race\n');
  });

  it('stays where the same name is given again, and gives way to a new one', async () => {
    const given = { name: 'Ada', group: 'IO-41' };
    await writeReport(folder, input({ student: given }));
    await edit('report.md', name('Ada Lovelace'));
    await writeReport(folder, input({ student: given }));
    await writeReport(folder, input({ student: given }));
    expect(await read('README.rst')).toContain(':Name: Ada Lovelace');
    await writeReport(folder, input({ student: { name: 'Grace' } }));
    expect(await read('report.html')).toContain('<dd>Grace</dd>');
    expect(await read('report.html')).toContain('<dd>IO-41</dd>');
  });

  it('can be taken out again', async () => {
    await writeReport(folder, input({ student: { name: 'Ada' } }));
    await edit('report.md', conclude('Done.'));
    await rewriteReport(folder);
    expect(await read('report.html')).toContain('Done.');
    await edit('report.md', conclude(''));
    await rewriteReport(folder);
    expect(await read('report.html')).not.toContain('Done.');
  });

  it('is taken from the newest file where two were edited, and the other is kept as a copy', async () => {
    await writeReport(folder, input());
    await edit('report.md', conclude('older'), 1_700_000_000);
    await edit('README.rst', conclude('newer'), 1_700_000_100);
    const written = await rewriteReport(folder);
    expect(await read('report.md')).toContain('newer');
    expect(written).toContain('report.previous.md');
    expect(await read('report.previous.md')).toContain('older');
  });

  it('is never lost with a changed frame: a copy stays, one for each change', async () => {
    await writeReport(folder, input());
    await edit('README.rst', (text) => `${text}\nMy appendix\n`);
    expect(await rewriteReport(folder)).toContain('README.previous.rst');
    expect(await read('README.previous.rst')).toContain('My appendix');
    await edit('README.rst', (text) => text.replace(/^\.\. lab3: conclusions.*$/gm, ''));
    expect(await rewriteReport(folder)).toContain('README.previous-2.rst');
    expect(await rewriteReport(folder)).not.toContain('README.previous-3.rst');
  });

  it('is kept from a README.rst that was there before any report', async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'README.rst'), 'My own\n');
    expect(await writeReport(folder, input())).toContain('README.previous.rst');
    expect(await read('README.previous.rst')).toBe('My own\n');
  });

  it('survives editors that write CRLF and a byte order mark', async () => {
    await writeReport(folder, input());
    await edit('report.md', (text) => `\ufeff${conclude('From Windows.')(text).replace(/\n/g, '\r\n')}`);
    const written = await rewriteReport(folder);
    expect(await read('README.rst')).toContain('From Windows.');
    expect(written).not.toContain('report.previous.md');
  });

  it('is read back from an edited Word document, of which a copy stays', async () => {
    await writeReport(folder, input());
    const student = { name: 'Ada', group: 'IO-41', conclusions: { text: 'From Word.\n\nSecond.' } };
    const edited = await renderDocx(sampleRendering(sampleResult(), { student }));
    await writeFile(join(folder, 'report.docx'), edited);
    expect(await rewriteReport(folder)).toContain('report.previous.docx');
    expect(await readFile(join(folder, 'report.previous.docx'))).toEqual(Buffer.from(edited));
    expect(await read('README.rst')).toContain('From Word.\n\nSecond.');
    expect(await read('README.rst')).toContain(':Name: Ada');
    expect(await rewriteReport(folder)).not.toContain('report.previous-2.docx');
  });

  it('is kept when the record is gone or damaged', async () => {
    await writeReport(folder, input());
    await edit('report.md', conclude('Still here.'));
    await writeFile(join(folder, '.lab3-report.json'), '{"schema": 1');
    await rewriteReport(folder);
    expect(await read('report.html')).toContain('Still here.');
    expect(await read('report.md')).toContain('Still here.');
  });
});

describe('rewriteReport', () => {
  it('makes the same report again from the folder alone', async () => {
    await writeReport(folder, input({ student: { name: 'Ada' } }));
    const paths = ['report.html', 'report.md', 'README.rst', 'img/lost_updates.png', '.lab3-report.json'];
    const before = await Promise.all(paths.slice(0, 4).map(read));
    await rm(join(folder, 'report.html'));
    const written = await rewriteReport(folder);
    expect(written).not.toContain('result.json');
    expect(await Promise.all(paths.slice(0, 4).map(read))).toEqual(before);
    expect(await read('module/lab3.c')).toBe('int x;\n');
  });

  it('works where log and pictures are gone', async () => {
    await writeReport(folder, input());
    await rm(join(folder, 'img'), { recursive: true });
    await rm(join(folder, 'dmesg.txt'));
    await rewriteReport(folder);
    expect(await read('report.html')).toContain('No screenshot');
  });

  it('says what is wrong with a folder without a result, and with a result that is none', async () => {
    await expect(rewriteReport(folder)).rejects.toMatchObject({
      name: 'ReportResultMissing',
      fault: 'usage',
    });
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'result.json'), '{"schema": "lab3.result/1", ');
    await expect(rewriteReport(folder)).rejects.toMatchObject({ name: 'ResultInvalid' });
    await writeFile(join(folder, 'result.json'), '{"schema": "lab3.result/2"}');
    await expect(rewriteReport(folder)).rejects.toMatchObject({ name: 'ResultTooNew' });
  });
});

describe('a check', () => {
  it('waits in the folder for a result', async () => {
    expect(await hasResult(folder)).toBe(false);
    await keepCheck(folder, sampleCheck());
    expect(await list()).toEqual(['check.json']);
    await writeReport(folder, input());
    expect(await read('report.html')).toContain('The lock does what it is for');
    expect(await hasResult(folder)).toBe(true);
  });

  it('is shown in every format, and nothing of a guest’s is markup', async () => {
    await writeReport(folder, input());
    await rewriteReport(folder, { check: sampleCheck() });
    for (const file of ['report.html', 'report.md', 'README.rst'])
      expect(await read(file)).toContain('The lock does what it is for');
    expect(await read('report.html')).not.toContain('<script>');
    expect(parseCheck(JSON.parse(await read('check.json')), 'check.json')).toEqual(sampleCheck());
  });

  it('outlives later runs, and is out of date when they are of another source', async () => {
    await writeReport(folder, input());
    await rewriteReport(folder, { check: sampleCheck() });
    await writeReport(folder, input());
    expect(await read('report.html')).toContain('The lock does what it is for');
    const { build } = sampleResult();
    const other = sampleResult(sampleRuns(), { build: { ...build, sourceSha256: 'e'.repeat(64) } });
    await writeReport(folder, input({ result: other }));
    expect(await read('report.html')).toContain('Out of date');
    await rewriteReport(folder);
    expect(await read('report.html')).toContain('Out of date');
    expect(await list()).toContain('check.json');
  });

  it('that is damaged keeps no report from being written', async () => {
    await mkdir(folder, { recursive: true });
    for (const damaged of ['{', '{"schema":"lab3.check/9"}', 'null']) {
      await writeFile(join(folder, 'check.json'), damaged);
      await writeReport(folder, input());
      expect(await read('report.html')).toContain('The check cannot be read');
    }
  });
});
