/** Everything that is made of the marks, written into one folder in one go. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { labError } from '../../lab/errors.ts';
import { removeFolder } from '../../provision/work-folder.ts';
import { type Replaced, replaceFiles } from '../../report/replace.ts';
import { type Grades, keyPattern } from '../document.ts';
import { pairName } from './class/lists.ts';
import { renderClass } from './class/page.ts';
import { fillCanvas } from './export/canvas.ts';
import type { Filled } from './export/filled.ts';
import { gradescopeResults } from './export/gradescope.ts';
import { junitXml } from './export/junit.ts';
import { fillMoodle } from './export/moodle.ts';
import { renderFeedback } from './feedback.ts';
import { gradesCsv } from './grades-csv.ts';
import { gradesBytes, ordered } from './results.ts';
import { keptBackNotes, type Phase } from './visibility.ts';

/** A file of the teacher's: its name for messages, and what is in it. */
export interface Given {
  readonly file: string;
  readonly bytes: Uint8Array;
}

export interface WriteGradesOptions {
  /** What feedback, JUnit and Moodle's comments may show. */
  readonly phase: Phase;
  /** Makes the HTML of a pair that stands side by side, by `A--B`: the keys as in `similar`. */
  readonly similarPages?: ReadonlyMap<string, () => string>;
  /** Keys of students that nobody looked at this time: their files stay as they are, and what they lack is made. */
  readonly leftOut?: ReadonlySet<string>;
  readonly gradescope?: boolean;
  readonly junit?: boolean;
  readonly canvas?: Given;
  readonly moodle?: Given;
}

export interface WrittenGrades {
  /** Paths below the folder, `/` between the parts. */
  readonly files: readonly string[];
  /** What the instructor must know of the exports, in sentences. */
  readonly notes: readonly string[];
}

/**
 * Writes `results.json`, `grades.csv`, `class.html`, `students/KEY/feedback.html` and `.md`, and what is asked for:
 * `similar/A--B.html`, `gradescope/KEY.json`, `junit.xml`, `canvas.csv`, `moodle.csv`. All is made and stored beside the
 * old files before the first of them is replaced; then renames follow each other, that of `results.json` last: where it is
 * the new one after a crash, all of them are. Files of the run before that this one lacks are removed, others stay, and
 * those of students that were left out.
 * The same marks in the same phase give the same bytes. Throws `GradesFileBusy`, `DiskFull`, `NotWritable`, and what
 * reading a teacher's file throws; the old files are then as they were.
 */
export async function writeGrades(
  folder: string,
  given: Grades,
  options: WriteGradesOptions,
): Promise<WrittenGrades> {
  const grades = ordered(given);
  const { files, notes } = gradesFiles(grades, options);
  await removeStages(folder);
  const own = await ownFiles(folder);
  const left = new Set([...(options.leftOut ?? [])].flatMap(filesOf));
  for (const path of own) if (left.has(path)) files.delete(path);
  const stale = own.filter((path) => !files.has(path) && !left.has(path));
  const bytes = new Map([...files].map(([path, text]) => [path, () => encode(text())]));
  bytes.set('results.json', () => gradesBytes(grades));
  await replaceFiles(folder, bytes, stale, replaced);
  return { files: [...bytes.keys()], notes };
}

/** Made when it is written: those of a whole class are as large as memory may be. */
type Text = () => string;

function gradesFiles(
  grades: Grades,
  options: WriteGradesOptions,
): { files: Map<string, Text>; notes: string[] } {
  const pages = pagesOf(grades, options.similarPages ?? new Map());
  const files = new Map<string, Text>([['grades.csv', () => gradesCsv(grades)]]);
  const notes = keptBackNotes(grades, options.phase);
  for (const student of grades.students) {
    const feedback = () => renderFeedback(grades, student, options.phase);
    const [html, markdown] = filesOf(student.key);
    files.set(html, () => feedback().html);
    files.set(markdown, () => feedback().markdown);
  }
  for (const [name, page] of pages) files.set(`similar/${name}.html`, page);
  if (options.gradescope) {
    for (const student of grades.students) {
      const results = gradescopeResults(grades, student);
      const [, , path] = filesOf(student.key);
      if (results !== undefined) files.set(path, () => results);
      else if (!options.leftOut?.has(student.key))
        notes.push(
          `${student.key} has no file for Gradescope: this computer failed, and the mark is not known.`,
        );
    }
  }
  if (options.junit) files.set('junit.xml', () => junitXml(grades, options.phase));
  const fill = (path: string, one: Given | undefined, by: typeof fillCanvas) => {
    if (one === undefined) return;
    const filled: Filled = by(one.bytes, one.file, grades);
    files.set(path, () => filled.csv);
    notes.push(...filled.notes);
  };
  fill('canvas.csv', options.canvas, fillCanvas);
  fill('moodle.csv', options.moodle, (bytes, file, of) => fillMoodle(bytes, file, of, options.phase));
  // Last, so that what it links to is there before it.
  files.set('class.html', () => renderClass(grades, new Set(pages.keys())));
  return { files, notes };
}

/** A student's own. */
function filesOf(key: string): readonly [html: string, markdown: string, gradescope: string] {
  return [`students/${key}/feedback.html`, `students/${key}/feedback.md`, `gradescope/${key}.json`];
}

/** Only those of a pair that the marks know: the names become paths. */
function pagesOf({ similar }: Grades, given: ReadonlyMap<string, Text>): Map<string, Text> {
  return new Map(
    similar.flatMap(({ a, b }) => {
      const name = pairName(a, b);
      const page = name === undefined ? undefined : given.get(name);
      return name === undefined || page === undefined ? [] : [[name, page] as const];
    }),
  );
}

const replaced: Replaced = {
  prefix: '.lab3-grades-',
  what: 'The folder of marks',
  busy: (path, code, cause) => labError('GradesFileBusy', { path, code }, { cause }),
};

/** What a kill left behind in the middle of writing. */
async function removeStages(folder: string): Promise<void> {
  for (const name of await namesIn(folder))
    if (name.startsWith(replaced.prefix)) await removeFolder(join(folder, name));
}

const optional = ['junit.xml', 'canvas.csv', 'moodle.csv'];

/** Files of an earlier run that this one may have no more; a person's own files have other names. */
async function ownFiles(folder: string): Promise<string[]> {
  const top = (await namesIn(folder)).filter((name) => optional.includes(name));
  const students = await Promise.all(
    (await namesIn(join(folder, 'students')))
      .filter((key) => keyPattern.test(key))
      .map(async (key) =>
        (await namesIn(join(folder, 'students', key)))
          .filter((name) => name === 'feedback.html' || name === 'feedback.md')
          .map((name) => `students/${key}/${name}`),
      ),
  );
  const below = async (name: string, pattern: RegExp) =>
    (await namesIn(join(folder, name))).filter((file) => pattern.test(file)).map((file) => `${name}/${file}`);
  return [
    ...top,
    ...students.flat(),
    ...(await below('similar', /^[a-z0-9._-]+--[a-z0-9._-]+\.html$/)),
    ...(await below('gradescope', /^[a-z0-9._-]+\.json$/)),
  ];
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch {
    return []; // There is none yet, or it cannot be read: writing will say which.
  }
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
