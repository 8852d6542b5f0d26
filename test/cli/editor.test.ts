import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { editorFiles, writeEditorFiles } from '../../cli/editor/files.ts';
import { buildPattern, checkPatterns } from '../../cli/editor/vscode.ts';
import { buildText } from '../../cli/ui/build.ts';
import { failureText } from '../../cli/ui/failure.ts';
import { styleFor } from '../../cli/ui/style.ts';
import { labError } from '../../lab/errors.ts';
import type { BuildRecord } from '../../lab/result.ts';
import { temporaryFolder } from '../provision/context.ts';

const terminal = { columns: 80, color: false, unicode: true, program: 'lab3' } as never;
const style = styleFor({ color: false, unicode: true });
const matches = (text: string) =>
  text.split('\n').flatMap((line) => {
    const found = new RegExp(buildPattern.regexp).exec(line);
    return found ? [found.slice(1)] : [];
  });

describe('the files for an editor', () => {
  it('are JSON where they say so, and name no folder of this computer', () => {
    for (const [name, text] of editorFiles()) {
      if (name.endsWith('.json')) JSON.parse(text);
      expect(text, name).not.toContain(process.cwd());
      expect(text.endsWith('\n')).toBe(true);
    }
  });

  it('start lab3 as it is installed, and nothing else of that name', () => {
    const { tasks } = JSON.parse(editorFiles().get('.vscode/tasks.json') ?? '');
    expect(tasks.map(({ args }: { args: string[] }) => args.join(' '))).toEqual([
      '--no -- lab3 build --module .',
      '--no -- lab3 run --module .',
      '--no -- lab3 check --module .',
    ]);
    for (const task of tasks) expect(task).toMatchObject({ command: 'npx', windows: { command: 'npx.cmd' } });
  });

  it('are written where there is none, and never over one', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, '.vscode'));
    await writeFile(join(folder, '.vscode/settings.json'), 'mine');
    // A file where a folder would be.
    await writeFile(join(folder, '.devcontainer'), 'mine too');
    const { written, kept } = await writeEditorFiles(folder);
    expect(kept).toEqual(['.vscode/settings.json', '.devcontainer/devcontainer.json']);
    expect(written).toContain('.vscode/tasks.json');
    expect(await readFile(join(folder, '.vscode/settings.json'), 'utf8')).toBe('mine');
    expect(await readFile(join(folder, '.devcontainer'), 'utf8')).toBe('mine too');
    const again = await writeEditorFiles(folder);
    expect(again.written).toEqual([]);
    expect((await readdir(folder)).sort()).toEqual(
      ['.clang-format', '.devcontainer', '.editorconfig', '.gitignore', '.vscode'].sort(),
    );
  });
});

describe('files of an older lab3', () => {
  it('are made anew where they are still as it wrote them', async () => {
    const folder = await temporaryFolder();
    await writeEditorFiles(folder);
    const schema = join(folder, '.vscode/lab3.schema.json');
    const container = join(folder, '.devcontainer/devcontainer.json');
    const now = await readFile(container, 'utf8');
    const old = now.replace(/@\d[\d.]*"/, '@0.0.1"');
    expect(old).not.toBe(now);
    await writeFile(schema, '{"title": "lab3.yaml", "old": true}');
    // As git on Windows checks it out.
    await writeFile(container, old.replaceAll('\n', '\r\n'));
    const { written } = await writeEditorFiles(folder);
    expect(written).toEqual(['.vscode/lab3.schema.json', '.devcontainer/devcontainer.json']);
    expect(await readFile(schema, 'utf8')).toBe(editorFiles().get('.vscode/lab3.schema.json'));
    expect(await readFile(container, 'utf8')).toBe(now);
  });

  it('are left where somebody has changed them', async () => {
    const folder = await temporaryFolder();
    await writeEditorFiles(folder);
    const container = join(folder, '.devcontainer/devcontainer.json');
    const mine = (await readFile(container, 'utf8')).replace(/@\d[\d.]*"/, '@0.0.1", "vim"');
    await writeFile(container, mine);
    await writeFile(join(folder, '.vscode/lab3.schema.json'), '{"title": "mine"}');
    expect((await writeEditorFiles(folder)).written).toEqual([]);
    expect(await readFile(container, 'utf8')).toBe(mine);
  });
});

describe('what a problem matcher finds', () => {
  it('in the output of a build that failed', () => {
    const detail = [
      "lab3.c: In function 'lab3_exit':",
      "lab3.c:174:15: error: 'totl' undeclared",
      '  174 |         kfree(totl);',
      'src/list.c:7: error: "missing_fn" is not defined',
      'lab3.c:2:10: fatal error: linux/nothing.h: No such file or directory',
    ].join('\n');
    const params = { module: 'lab3', kernel: '6.12', errors: 1, first: '', advice: [], diagnostics: [] };
    const text = failureText(labError('ModuleDoesNotCompile', params, { detail }), { terminal, style });
    expect(matches(text)).toEqual([
      ['lab3.c', '174', '15', 'error', "'totl' undeclared"],
      ['src/list.c', '7', undefined, 'error', '"missing_fn" is not defined'],
      ['lab3.c', '2', '10', 'error', 'linux/nothing.h: No such file or directory'],
    ]);
  });

  it('among the warnings of one that did well', () => {
    const warning = {
      ...{ file: 'lab3.c', line: 9, column: 3, severity: 'warning' as const },
      ...{ message: 'unused variable', flag: '-Wunused-variable' },
    };
    const record = { warnings: [warning], compiler: 'gcc', kernelRelease: '6.12', builder: 'sandbox' };
    const text = buildText('lab3.ko', record as unknown as BuildRecord, terminal, style);
    expect(matches(text)).toEqual([['lab3.c', '9', '3', 'warning', 'unused variable [-Wunused-variable]']]);
  });

  it('in the findings of a check', () => {
    const [title, place] = checkPatterns.map(({ regexp }) => new RegExp(regexp));
    expect(title?.exec('✖ Data race  12 times, in runs 1–4')?.[1]).toBe('Data race');
    expect(title?.exec('⚠ Memory that is never freed  once, in run 2')?.[1]).toBe(
      'Memory that is never freed',
    );
    expect(place?.exec('  src/lab3.c:201  add_plain() writes')?.slice(1)).toEqual(['src/lab3.c', '201']);
  });
});
