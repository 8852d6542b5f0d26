/** What a student wrote into an earlier report: taken over, or kept in a copy; never lost. */
import { posix } from 'node:path';
import type { Conclusions, StudentText } from './document.ts';
import { type ReportRecord, sha256, studentOf } from './record.ts';
import { type EditableFile, editableFiles, frame, type Given, type ReadBack, readBack } from './student.ts';

/** A file as it lies in the report folder. */
export interface OldFile {
  readonly bytes: Uint8Array;
  readonly modifiedMs: number;
}
export type OldFiles = ReadonlyMap<string, OldFile>;

const markupOf: Partial<Record<EditableFile, 'markdown' | 'rst'>> = {
  'report.md': 'markdown',
  'README.rst': 'rst',
};

/** The newest edit of each field wins; then what the caller newly gave; then what was there before. */
export function resolveStudent(old: OldFiles, record: ReportRecord | undefined, given: Given): StudentText {
  const edits = editableFiles
    .flatMap((file) => {
      const found = old.get(file);
      return found === undefined
        ? []
        : [{ file, modifiedMs: found.modifiedMs, read: readBack(file, found.bytes) }];
    })
    .sort((a, b) => b.modifiedMs - a.modifiedMs);
  const edited = (field: keyof ReadBack) =>
    edits.find(
      ({ file, read }) => read[field] !== undefined && read[field] !== (record?.shown[file]?.[field] ?? ''),
    );
  const before = record && studentOf(record);
  const short = (field: 'name' | 'group'): string => {
    const news =
      given[field] !== undefined && given[field] !== record?.given[field] ? given[field] : undefined;
    return edited(field)?.read[field] ?? news ?? before?.[field] ?? given[field] ?? '';
  };
  const own = edited('conclusions');
  return {
    name: short('name'),
    group: short('group'),
    conclusions:
      own === undefined ? (before?.conclusions ?? { text: '' }) : conclusionsOf(own.file, own.read),
  };
}

function conclusionsOf(file: EditableFile, read: ReadBack): Conclusions {
  const markup = markupOf[file];
  return { text: read.conclusions ?? '', ...(markup === undefined ? {} : { markup }) };
}

/**
 * Copies to keep of old files that are about to be replaced: every one that somebody else changed or made, unless all
 * that was changed is carried over. Path of the copy → its bytes.
 */
export function copiesToKeep(
  old: OldFiles,
  fresh: ReadonlyMap<string, Uint8Array>,
  record: ReportRecord | undefined,
  student: StudentText,
): Map<string, Uint8Array> {
  const copies = new Map<string, Uint8Array>();
  for (const [path, bytes] of fresh) {
    const before = old.get(path);
    // The pictures of a sweep are made of its document, which is not touched.
    if (before === undefined || path.startsWith('sweep/')) continue;
    const hash = sha256(before.bytes);
    if (hash === sha256(bytes) || hash === hashIn(record, path)) continue;
    if ((path === 'report.md' || path === 'README.rst') && carriedOver(path, before.bytes, record, student))
      continue;
    const copy = freeName(path, hash, old);
    if (copy !== undefined) copies.set(copy, before.bytes);
  }
  return copies;
}

const hashIn = (record: ReportRecord | undefined, path: string) =>
  record?.rendered[path] ?? record?.data[path];

function carriedOver(
  file: 'report.md' | 'README.rst',
  bytes: Uint8Array,
  record: ReportRecord | undefined,
  student: StudentText,
): boolean {
  if (record?.frames[file] !== sha256(frame(file, bytes))) return false;
  const read = readBack(file, bytes);
  const shown = record.shown[file];
  const taken = (['name', 'group'] as const).every(
    (field) => read[field] === student[field] || read[field] === shown?.[field],
  );
  return taken && (read.conclusions === student.conclusions.text || read.conclusions === shown?.conclusions);
}

/** `report.previous.docx`, `report.previous-2.docx`, …; `undefined` where a copy with the same content is there. */
function freeName(path: string, hash: string, old: OldFiles): string | undefined {
  const { dir, name, ext } = posix.parse(path);
  for (let number = 1; ; number++) {
    const candidate = posix.join(dir, `${name}.previous${number === 1 ? '' : `-${number}`}${ext}`);
    const there = old.get(candidate);
    if (there === undefined) return candidate;
    if (sha256(there.bytes) === hash) return undefined;
  }
}
