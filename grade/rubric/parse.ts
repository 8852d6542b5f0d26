/** Reads a rubric, or says every mistake of it at once, each with its line and column. */
import { createHash } from 'node:crypto';
import { isMap, type Node } from 'yaml';
import { firstProblems, isEmpty, readYaml } from '../../lab/config/syntax.ts';
import { labError } from '../../lab/errors.ts';
import { checkRubric, withOwnSettings } from './consistency.ts';
import { layout } from './layout.ts';
import type { Rubric } from './rubric.ts';
import { offsetOf, type Reader } from './shape.ts';

const maxChars = 262_144;

/** Throws `RubricInvalid`. An empty file is the rubric of the exercise as it is set. */
export function parseRubric(text: string, fileName: string): Rubric {
  if (text.length > maxChars) {
    const what = `it has ${text.length} characters, and more than ${maxChars} are not read`;
    throw labError('RubricInvalid', { file: fileName, problems: [{ line: 1, column: 1, text: what }] });
  }
  const { document, report, problems } = readYaml(text, 'rubric');
  const fail = () => labError('RubricInvalid', { file: fileName, ...firstProblems(problems) });
  if (document === undefined) throw fail();
  const reader: Reader = { document, report, offsets: new Map() };
  const contents: Node | null = document.contents;
  let rubric: Rubric | undefined;
  if (isMap(contents)) rubric = layout.read(contents, '', reader);
  else if (contents === null || isEmpty(contents)) rubric = layout.standard;
  else if (problems.length === 0) {
    report(offsetOf(contents), { text: 'a rubric has sections, as in assignment: with title: below it' });
  }
  if (rubric === undefined || problems.length > 0) throw fail();
  checkRubric(rubric, (path, { nearest: near, ...what }) => {
    report(placeOf(path, reader), { path, ...what, ...(near === undefined ? {} : { nearest: near }) });
  });
  if (problems.length > 0) throw fail();
  return { ...rubric, criteria: withOwnSettings(rubric.criteria) };
}

/** Where a setting stands, or the nearest one around it where it has its default. */
function placeOf(path: string, { offsets }: Reader): number {
  for (let at = path; at !== ''; at = at.replace(/(?:^|\.)[^.[\]]*$|\[\d+\]$/, '')) {
    const offset = offsets.get(at);
    if (offset !== undefined) return offset;
  }
  return 0;
}

/** Of the rubric's text, however its lines end: what results rest on. */
export function rubricHash(text: string): string {
  const plain = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  return createHash('sha256').update(plain).digest('hex');
}
