/** The rubric of `lab3 grade`: read with its seed, checked, written anew. */
import { dirname, join, relative, resolve } from 'node:path';
import type { Rubric } from '../grade/rubric/rubric.ts';
import type { Seed } from '../grade/rubric/seed.ts';
import type { Input, Tools } from './command.ts';
import { textOf, textOrNothing } from './grade-files.ts';

export interface RubricRead {
  readonly rubric: Rubric;
  readonly text: string;
  readonly sha256: string;
  readonly seed: Seed;
}

export async function readRubric(input: Input, { cwd, env }: Tools): Promise<RubricRead> {
  const { parseRubric, rubricHash } = await import('../grade/rubric/parse.ts');
  const { newRubric } = await import('../grade/rubric/write.ts');
  const { chooseSeed } = await import('../grade/rubric/seed.ts');
  const named = input.values.get('--rubric');
  const path = resolve(cwd, named ?? 'rubric.yaml');
  const found = named === undefined ? await textOrNothing(path) : await textOf(path);
  const text = found ?? newRubric();
  const rubric = parseRubric(text, found === undefined ? 'rubric.yaml' : relative(cwd, path) || path);
  const sha256 = rubricHash(text);
  const { seed } = rubric;
  const secret = seed.file === undefined ? undefined : await textOrNothing(resolve(dirname(path), seed.file));
  return {
    rubric,
    text,
    sha256,
    seed: chooseSeed(seed, { env: seed.env === undefined ? undefined : env[seed.env], file: secret }, sha256),
  };
}

export async function checkRubric(path: string, { ui, cwd }: Tools): Promise<number> {
  const { parseRubric } = await import('../grade/rubric/parse.ts');
  const shown = relative(cwd, path) || path;
  const { assignment, criteria, cases } = parseRubric(await textOf(path), shown);
  if (ui.options.json) ui.print(JSON.stringify({ file: shown, assignment, criteria, cases }, null, 2));
  else
    ui.print(
      `${ui.style.green(ui.style.glyphs.done)} ${shown}: ${criteria.length} criteria, ${assignment.points} points, ${cases.length} kinds of cases.`,
    );
  return 0;
}

export async function writeRubric({ ui, cwd }: Tools): Promise<undefined> {
  const { newRubric, rubricSchema } = await import('../grade/rubric/write.ts');
  const { writeNew } = await import('./write-new.ts');
  await writeNew(join(cwd, 'rubric.schema.json'), `${JSON.stringify(rubricSchema(), null, 2)}\n`, true);
  await writeNew(join(cwd, 'rubric.yaml'), newRubric(), false);
  ui.print(`${ui.style.green(ui.style.glyphs.done)} rubric.yaml and rubric.schema.json written.`);
  return undefined;
}
