/** Writes a report folder, and makes it again from what lies in it. */
import type { Dirent } from 'node:fs';
import { lstat, readdir, readFile, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { type CheckDocument, parseCheck } from '../lab/check/document.ts';
import { entryKind } from '../lab/entry-kind.ts';
import { LabError, labError } from '../lab/errors.ts';
import { reportRecord } from '../lab/names.ts';
import { portablePaths } from '../lab/portable-names.ts';
import { parseResult, type Result } from '../lab/result.ts';
import { verdict } from '../lab/verdict.ts';
import { figuresOf, type StudentText } from './document.ts';
import { drawFigures, prepareDrawing } from './figures/draw.ts';
import { copiesToKeep, type OldFile, resolveStudent } from './keep.ts';
import { describeResult, type Evidence } from './model.ts';
import { type ReportRecord, readRecord, sha256 } from './record.ts';
import { renderDocx } from './render/docx.ts';
import { renderHtml } from './render/html.ts';
import { renderMarkdown } from './render/markdown.ts';
import { renderRst } from './render/rst.ts';
import { replaceFiles } from './replace.ts';
import type { Proof } from './sections/proof.ts';
import {
  referencePath,
  type ScreenshotName,
  screenshotNames,
  screenshotPath,
} from './sections/screenshots.ts';
import { editableFiles, frame, type Given, readBack } from './student.ts';
import { figureFiles, readSweepEvidence, sweepFile } from './sweepFiles.ts';

export interface ReportInput {
  readonly result: Result;
  /** The guest's whole log. */
  readonly dmesg: string;
  /** PNG pictures of this result's own VM; a run that crashed has none. */
  readonly screenshots: ReadonlyMap<ScreenshotName, Uint8Array>;
  readonly references: ReadonlyMap<ScreenshotName, Uint8Array>;
  /** The source as built: path below the module's folder, with `/` → content. */
  readonly moduleFiles: ReadonlyMap<string, Uint8Array>;
  readonly student?: Given;
}

/** Gets ready for `writeReport` while the machine boots; without it the report takes a second longer. */
export async function prepareReport(): Promise<void> {
  await Promise.all([prepareDrawing(), import('docx')]);
}

/**
 * Writes `lab3-report/`: result, log, pictures, sources, and the report in four formats. What the student wrote into
 * an earlier report there is kept. Returns the paths written, with `/`, below `folder`.
 * Throws `ReportPathUnsafe`, `ReportFileBusy`, `DiskFull`, `NotWritable`; the old report is then as it was.
 */
export async function writeReport(folder: string, input: ReportInput): Promise<string[]> {
  const data = new Map<string, Uint8Array>([
    ['result.json', bytes(`${JSON.stringify(input.result, null, 2)}\n`)],
    ['dmesg.txt', bytes(input.dmesg)],
  ]);
  for (const [name, png] of input.screenshots) data.set(screenshotPath(name), png);
  for (const [name, png] of input.references) data.set(referencePath(name), png);
  const kept = portablePaths([...input.moduleFiles.keys()].map(safePath));
  for (const [path, content] of input.moduleFiles)
    data.set(posix.join('module', kept.get(path) ?? path), content);
  const { result, dmesg, screenshots, references } = input;
  return write(folder, result, { dmesg, screenshots, references }, input.student ?? {}, data);
}

/**
 * Makes the report again from `result.json` and what lies beside it; asks nothing of any machine or network.
 * With `check`, that is kept in the folder and shown. Throws also `ReportResultMissing`, `ResultInvalid`,
 * `ResultTooNew`.
 */
export async function rewriteReport(
  folder: string,
  options: { student?: Given; check?: CheckDocument } = {},
): Promise<string[]> {
  const read = async (path: string) => (await readOld(folder, path))?.bytes;
  const json = await read('result.json');
  if (json === undefined) throw labError('ReportResultMissing', { folder });
  const result = parseResult(parseJson(json, 'result.json'), 'result.json');
  const pictures = async (pathOf: (name: ScreenshotName) => string) => {
    const found = await Promise.all(
      screenshotNames.map(async (name) => [name, await read(pathOf(name))] as const),
    );
    return new Map(found.flatMap(([name, png]) => (png === undefined ? [] : [[name, png] as const])));
  };
  const evidence = {
    dmesg: new TextDecoder().decode(await read('dmesg.txt')),
    screenshots: await pictures(screenshotPath),
    references: await pictures(referencePath),
  };
  return write(folder, result, evidence, options.student ?? {}, undefined, options.check);
}

/** Keeps a check where there is no result yet that a report could be made of. Throws what `writeReport` throws. */
export async function keepCheck(folder: string, check: CheckDocument): Promise<void> {
  await replaceFiles(folder, new Map([[checkFile, checkBytes(check)]]));
}

/** Whether the folder holds a result that a report can be made of again. */
export async function hasResult(folder: string): Promise<boolean> {
  return (await readOld(folder, 'result.json')) !== undefined;
}

const checkFile = 'check.json';
const checkBytes = (check: CheckDocument) => bytes(`${JSON.stringify(check, null, 2)}\n`);

/** `data` is absent where only what is made of it is written again. */
async function write(
  folder: string,
  result: Result,
  evidence: Omit<Evidence, 'verdict' | 'proof' | 'sweep'>,
  given: Given,
  data: ReadonlyMap<string, Uint8Array> | undefined,
  check?: CheckDocument,
): Promise<string[]> {
  const old = await readFolder(folder);
  const record = readRecord(old.get(reportRecord)?.bytes);
  const student = resolveStudent(old, record, given);
  // A check outlives the runs that come after it, and says itself when the source is another by then.
  const kept = check === undefined ? old.get(checkFile)?.bytes : checkBytes(check);
  const proof = kept && readProof(kept);
  const sweep = readSweepEvidence(old.get(sweepFile)?.bytes);
  const rendered = await render(result, { ...evidence, proof, sweep }, student);
  const checks = new Map(kept === undefined ? [] : [[checkFile, kept]]);
  const fresh = new Map([...(data ?? []), ...checks, ...rendered]);
  const copies = copiesToKeep(old, fresh, record, student);
  const next: ReportRecord = {
    schema: 'lab3.report/1',
    data: { ...(data === undefined ? record?.data : hashesOf(data)), ...hashesOf(checks) },
    rendered: hashesOf(rendered),
    frames: frames(rendered),
    shown: Object.fromEntries(
      editableFiles.map((file) => [file, readBack(file, rendered.get(file) ?? new Uint8Array())]),
    ),
    student,
    given: { ...record?.given, ...given },
  };
  const files = new Map([...copies, ...fresh, [reportRecord, bytes(`${JSON.stringify(next, null, 2)}\n`)]]);
  await replaceFiles(folder, files, staleFiles(old, record, next));
  return [...fresh.keys(), ...copies.keys()];
}

function readProof(kept: Uint8Array): Proof {
  try {
    return { check: parseCheck(parseJson(kept, checkFile), checkFile) };
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    return { problem: error.message };
  }
}

async function render(
  result: Result,
  evidence: Omit<Evidence, 'verdict'>,
  student: StudentText,
): Promise<Map<string, Uint8Array>> {
  const document = describeResult(result, { ...evidence, verdict: verdict(result) });
  const figures = await drawFigures(figuresOf(document));
  const rendering = { document, student, figures };
  return figureFiles(figuresOf(document), figures)
    .set('report.html', bytes(renderHtml(rendering)))
    .set('report.md', bytes(renderMarkdown(rendering)))
    .set('README.rst', bytes(renderRst(rendering)))
    .set('report.docx', await renderDocx(rendering));
}

function frames(rendered: ReadonlyMap<string, Uint8Array>): Record<string, string> {
  return Object.fromEntries(
    (['README.rst', 'report.md'] as const).map((file) => [
      file,
      sha256(frame(file, rendered.get(file) ?? new Uint8Array())),
    ]),
  );
}

/** Files of the report before that this one does not have, such as a screenshot of a run that now crashed. */
function staleFiles(
  old: ReadonlyMap<string, OldFile>,
  record: ReportRecord | undefined,
  next: ReportRecord,
): string[] {
  const before = { ...record?.data, ...record?.rendered };
  return Object.entries(before).flatMap(([path, hash]) => {
    const there = old.get(path);
    const gone = !(path in next.data) && !(path in next.rendered);
    return gone && there !== undefined && sha256(there.bytes) === hash ? [path] : [];
  });
}

/** Names at the top of a folder that a report may replace, and copies of them; the folder may hold others. */
const ours = /^(?:README|report|result|check|dmesg|\.lab3-report)\./;

/** Our files at the top of a report folder and those below `img`, `module` and `sweep`; nothing where there is no folder. */
async function readFolder(folder: string): Promise<Map<string, OldFile>> {
  const files = new Map<string, OldFile>();
  const visit = async (path: string): Promise<void> => {
    for (const entry of await entriesOf(join(folder, ...path.split('/')))) {
      const inner = posix.join(path, entry.name);
      const kind = await entryKind(entry, () => lstat(join(folder, ...inner.split('/'))));
      if (kind === 'folder' && (path !== '' || ['img', 'module', 'sweep'].includes(entry.name)))
        await visit(inner);
      else if (kind === 'file' && (path !== '' || ours.test(entry.name))) {
        const file = await readOld(folder, inner);
        if (file !== undefined) files.set(inner, file);
      }
    }
  };
  await visit('');
  return files;
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch {
    return []; // There is none yet, or it cannot be read: writing will say which.
  }
}

async function readOld(folder: string, path: string): Promise<OldFile | undefined> {
  const file = join(folder, ...path.split('/'));
  try {
    const content = await readFile(file);
    return { bytes: content, modifiedMs: (await stat(file)).mtimeMs };
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined;
    throw labError('NotWritable', { path: file, what: 'The report' }, { cause: error });
  }
}

function parseJson(content: Uint8Array, file: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(content));
  } catch (cause) {
    const problem = cause instanceof Error ? `not JSON: ${cause.message}` : 'not JSON';
    throw labError(
      'ResultInvalid',
      { file, path: 'the document', value: `${content.length} bytes`, problem },
      { cause },
    );
  }
}

/** A path that stays below its folder on every system: Windows parts folders by `\\` too, and `:` names a drive. */
function safePath(path: string): string {
  const safe = path
    .split('/')
    .every((part) => !['', '.', '..'].includes(part) && !/[\u0000-\u001f\\:]/.test(part));
  if (!safe) throw labError('ReportPathUnsafe', { path: JSON.stringify(path) });
  return path;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const hashesOf = (files: ReadonlyMap<string, Uint8Array>): Record<string, string> =>
  Object.fromEntries([...files].map(([path, content]) => [path, sha256(content)]));
