/** Makes the folder of a class out of the submissions beside this file, as a teacher has it after the download. */
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { storedXz } from '../../provision/packages/xz-file.ts';
import { encode } from '../archives/encode.ts';
import { writeTar } from '../archives/tar.ts';
import { writeZip } from '../archives/zip.ts';
import { type ClassSubmission, readSubmissions } from './expected.ts';
import { type Files, made } from './made.ts';
import { rosterOf, sourceOf } from './people.ts';

export const rosterName = 'roster.csv';

export interface MadeClass {
  readonly submissions: readonly ClassSubmission[];
  /** By the submission's name: its entry in the folder of the class. None for what was not handed in. */
  readonly sources: ReadonlyMap<string, string>;
  /** By the submission's name: the entry of what the same student has handed in too. */
  readonly others: ReadonlyMap<string, string>;
  readonly roster: string;
}

/**
 * @param into a folder that is not there yet, or is empty
 * @param platform Windows can have neither pipes nor some names
 */
export async function makeClass(into: string, platform = process.platform): Promise<MadeClass> {
  const submissions = await readSubmissions();
  const sources = new Map<string, string>();
  const others = new Map<string, string>();
  await mkdir(into, { recursive: true });
  for (const submission of submissions) {
    const { name, handed } = submission;
    if (handed.as === 'none') continue;
    if (handed.also !== undefined) {
      const other = {
        ...submission,
        files: filesOf(handed.also, submissions),
        handed: { ...handed, as: 'tar' as const },
      };
      others.set(name, await handIn(into, other, platform));
    }
    const files = new Map([
      ...(handed.with === undefined ? [] : filesOf(handed.with, submissions)),
      ...submission.files,
    ]);
    sources.set(name, await handIn(into, { ...submission, files }, platform));
  }
  const roster = join(into, rosterName);
  await writeFile(roster, rosterOf(submissions));
  return { submissions, sources, others, roster };
}

function filesOf(name: string, submissions: readonly ClassSubmission[]): Files {
  const found = submissions.find((submission) => submission.name === name);
  if (found === undefined) throw new Error(`there is no submission ${name}`);
  return found.files;
}

async function handIn(into: string, submission: ClassSubmission, platform: NodeJS.Platform): Promise<string> {
  const { handed } = submission;
  const files = asSaved(submission);
  const own = made[submission.name];
  if ((handed.as === 'made') !== (own !== undefined)) throw new Error(`${submission.name}: made or not?`);

  const [only = ''] = files.keys();
  const extension = own?.extension ?? extensionOf(handed.as, only);
  const file = handed.as === 'file' ? basename(only).slice(0, -extension.length) : 'lab3';
  const source = sourceOf(submission, extension);
  // Moodle makes a folder for everybody, with what was uploaded inside.
  const isInside = handed.via === 'moodle' && extension !== '';
  const target = isInside ? join(into, source, `${file}${extension}`) : join(into, source);
  await mkdir(dirname(target), { recursive: true });

  if (own !== undefined) await own.make(target, files, platform);
  else if (handed.as === 'folder') await writeFolder(target, files);
  else await writeFile(target, await packed(handed.as, files));
  if (handed.via === 'github') await addClone(target);
  return source;
}

function asSaved({ files, handed: { encoding, lineEnds } }: ClassSubmission): Files {
  if (encoding === 'utf-8' && lineEnds === 'lf') return files;
  return new Map(
    [...files].map(([name, content]) => {
      const text = Buffer.from(content).toString('utf8');
      return [name, encode(lineEnds === 'crlf' ? text.replaceAll('\n', '\r\n') : text, encoding)];
    }),
  );
}

function extensionOf(as: ClassSubmission['handed']['as'], only: string): string {
  if (as === 'folder') return '';
  return as === 'file' ? (/\.\w+$/.exec(only)?.[0] ?? '') : `.${as}`;
}

async function packed(as: ClassSubmission['handed']['as'], files: Files): Promise<Uint8Array> {
  const entries = [...files].map(([name, content]) => ({ name, content }));
  if (as === 'zip') return writeZip(entries);
  const [only] = entries;
  if (as === 'file' && only !== undefined && entries.length === 1) return only.content;
  if (as === 'file') throw new Error(`${entries.length} files cannot be handed in as one`);
  const tar = await writeTar(entries);
  if (as === 'tar.gz') return gzipSync(tar);
  return as === 'tar.xz' ? storedXz(tar) : tar;
}

async function writeFolder(target: string, files: Files): Promise<void> {
  await mkdir(target, { recursive: true });
  for (const [name, content] of files) {
    const file = join(target, ...name.split('/'));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
}

/** What makes a folder a clone; a hook and a filter are there that nothing may ever run. */
async function addClone(target: string): Promise<void> {
  const git = join(target, '.git');
  await mkdir(join(git, 'hooks'), { recursive: true });
  await writeFile(join(git, 'HEAD'), 'ref: refs/heads/main\n');
  await writeFile(join(git, 'config'), '[core]\n\tfsmonitor = "touch ../lab3-hook-ran"\n');
  const hook = join(git, 'hooks', 'post-checkout');
  await writeFile(hook, '#!/bin/sh\ntouch ../lab3-hook-ran\n', { mode: 0o755 });
}
