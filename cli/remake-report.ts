/** The report once more, from the files that a run has left in its folder. */
import { readdir, readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { LabConfig } from '../lab/config.ts';
import { labError } from '../lab/errors.ts';
import type { Emit } from '../lab/events.ts';
import { parseResult, type Result } from '../lab/result.ts';
import { writeLabReport } from './lab.ts';

/** Throws `NoResult`, or what `parseResult` says of a damaged one. Pictures and log may be missing. */
export async function remakeReport(emit: Emit, folder: string, config: LabConfig): Promise<Result> {
  const file = join(folder, 'result.json');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
    throw labError('NoResult', { path: file }, { cause: error });
  });
  const result = parseResult(readJson(text, file), file);
  const screenshots = new Map<string, Uint8Array>();
  for (const { screenshot } of result.runs) {
    // The result says where its picture is; only names directly in img/ are looked at.
    const name = screenshot === undefined ? undefined : /^img\/([\w-]+)\.png$/.exec(screenshot)?.[1];
    const png = name === undefined ? undefined : await present(join(folder, 'img', `${name}.png`));
    if (name !== undefined && png !== undefined) screenshots.set(name, png);
  }
  const dmesg = (await present(join(folder, 'dmesg.txt')))?.toString('utf8') ?? '';
  const files = await readFiles(join(folder, 'module'));
  await writeLabReport(emit, folder, { result, screenshots, dmesg }, files, config);
  return result;
}

function readJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const what = { file, path: 'the file', value: `${text.length} characters`, problem: 'it is not JSON' };
    throw labError('ResultInvalid', what, { cause: error });
  }
}

const present = (path: string): Promise<Buffer | undefined> => readFile(path).catch(() => undefined);

async function readFiles(folder: string): Promise<Map<string, Uint8Array>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = new Map<string, Uint8Array>();
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(folder.length + 1).replaceAll(sep, '/');
    files.set(name, await readFile(path));
  }
  return files;
}
