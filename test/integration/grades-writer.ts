/** Writes a class again and again into the folder of its first argument, numbered from its second on, until it is killed. */
import { writeGrades } from '../../grade/out/write.ts';
import { sampleGrades } from '../grade/out/sample.ts';

const [folder = '', first = '1'] = process.argv.slice(2);
const grades = sampleGrades(40);
process.stdout.write('ready\n');
for (let at = Number(first); ; at += 1)
  await writeGrades(
    folder,
    { ...grades, tool: `TOOL-${at}.` },
    { phase: 'after_published', gradescope: true },
  );
