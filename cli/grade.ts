/** `lab3 grade`: from a folder of downloads to a folder of marks. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { join, relative, resolve } from 'node:path';
import type { Grades } from '../grade/document.ts';
import type { Intake } from '../grade/intake/submission.ts';
import type { WrittenGrades } from '../grade/out/write.ts';
import type { Rubric } from '../grade/rubric/rubric.ts';
import type { LabConfig } from '../lab/config.ts';
import { labError } from '../lab/errors.ts';
import { step } from '../lab/events.ts';
import { quote } from '../lab/options.ts';
import type { Context } from '../provision/context.ts';
import { plural } from '../report/numbers.ts';
import type { Input, Tools } from './command.ts';
import { readGradebooks, readMarks } from './grade-files.ts';
import { checkRubric, type RubricRead, readRubric, writeRubric } from './grade-rubric.ts';
import { fetchKernel, readConfig, refuseVagrant } from './lab.ts';
import { packageFile, version } from './package-files.ts';
import { gradesText } from './ui/grade.ts';

/** A lock whose process is gone is still taken for held for less than this. */
const lockDeadlineMs = 6_000;

/** Answers 0 whatever the marks are: a failed student is no failure of the grader's. 69 where this computer failed at some. */
export async function gradeCommand(
  input: Input,
  tools: Tools,
  now: () => number = Date.now,
): Promise<number | undefined> {
  const { ui, cwd } = tools;
  const checked = input.values.get('--check-rubric');
  if (checked !== undefined) return checkRubric(resolve(cwd, checked), tools);
  if (input.switches.has('--new-rubric')) return writeRubric(tools);
  const [place] = input.arguments;
  if (place === undefined)
    throw labError('CommandLineInvalid', {
      problem: 'It takes the folder with what was handed in',
      nearest: undefined,
      command: 'grade',
    });
  const config = await readConfig(cwd, input.settings);
  const jobs = jobsOf(input.values.get('--jobs'));
  const rubric = await readRubric(input, tools);
  const context = await tools.context();
  const folder = resolve(cwd, input.values.get('--out') ?? 'lab3-grades');
  const { withLock } = await import('../provision/cache.ts');
  const lock = `grade-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`;
  const { grades, written, leftOut, bugs } = await withLock(
    context,
    lock,
    () => gradeInto(folder, resolve(cwd, place), context, { config, rubric, jobs, input, tools, now }),
    { deadlineMs: lockDeadlineMs },
  );
  await ui.settle();
  if (ui.options.json) ui.print(JSON.stringify(grades, null, 2));
  else {
    const shown = (path: string) => relative(cwd, join(folder, path)) || folder;
    const notes = [...(rubric.seed.weak === undefined ? [] : [rubric.seed.weak]), ...written.notes];
    ui.print(
      gradesText(
        grades,
        {
          folder: shown('class.html'),
          notes,
          ...(input.values.has('--only') ? { leftOut } : {}),
        },
        ui.terminal,
        ui.style,
      ),
    );
  }
  // All is written: what a bug of ours cost one student was no reason to lose the others' marks.
  const [bug] = bugs;
  if (bug !== undefined) throw bug;
  return grades.students.some(({ key, status }) => status === 'error' && !leftOut.has(key)) ? 69 : 0;
}

interface Wishes {
  readonly config: LabConfig;
  readonly rubric: RubricRead;
  readonly jobs: number;
  readonly input: Input;
  readonly tools: Tools;
  readonly now: () => number;
}

async function gradeInto(
  folder: string,
  place: string,
  context: Context,
  { config, rubric, jobs, input, tools, now }: Wishes,
): Promise<{ grades: Grades; written: WrittenGrades; leftOut: ReadonlySet<string>; bugs: readonly Error[] }> {
  refuseVagrant(config, 'grade');
  const { cwd } = tools;
  const file = (name: string) => {
    const given = input.values.get(name);
    return given === undefined ? undefined : resolve(cwd, given);
  };
  const gradebooks = await readGradebooks(file('--canvas'), file('--moodle'), rubric.rubric.assignment.title);
  const intake = await takeIn(
    place,
    // What an instructor keeps beside the submissions is none of them.
    [folder, ...['--rubric', '--marks', '--canvas', '--moodle'].flatMap((name) => file(name) ?? [])],
    context,
    rubric.rubric,
    { roster: file('--roster'), single: input.switches.has('--single') },
  );
  const decisions = await readMarks(file('--marks'), rubric.rubric, intake);
  const only = onlyOf(input.values.get('--only'), intake);
  const stock = await fetchKernel(context, config);
  const { checkedKernelIfThere } = await import('../provision/kernel/checked.ts');
  const checks = rubric.rubric.criteria.some(({ check }) =>
    ['no-race', 'lock-misuse', 'leaks'].includes(check),
  );
  // Half of the rubric rests on it: who lacks it gets it, and is told how long that takes.
  const checked = checks
    ? ((await checkedKernelIfThere(context, { kind: 'checked', stock })) ??
      (await buildChecked(context, config, stock)))
    : undefined;
  const { gradeClass } = await import('../grade/class/grade-class.ts');
  const { startGuest } = await import('../provision/guest/start.ts');
  const { Precedence } = await import('../provision/guest/precedence.ts');
  const precedence = new Precedence(context.platform);
  const tool = `lab3 ${version()}`;
  const memoryMiB = rubric.rubric.limits.memoryMib;
  const style = rubric.rubric.criteria.some(({ check }) => check === 'style');
  const workshop = style ? await anyWorkshop(context, config) : undefined;
  const { students, leftOut, bugs } = await gradeClass(context, {
    rubric: rubric.rubric,
    rubricText: rubric.text,
    seed: rubric.seed,
    decisions,
    candidates: intake.candidates,
    folder: join(folder, 'journal'),
    ...(only === undefined ? {} : { only }),
    fresh: input.switches.has('--regrade'),
    jobs,
    stock,
    ...(checked === undefined ? {} : { checked }),
    builder: config.builder,
    mirror: config.mirror,
    startGuest: (inner, kernel, vcpus) =>
      startGuest(inner, { kernel, vcpus, memoryMiB, precedence }, { vm: config.vm, mirror: config.mirror }),
    ...(workshop === undefined ? {} : { workshop }),
    tool,
  });
  return step(context.emit, 'Marks and feedback', async (shown) => {
    const { describeClass } = await import('../grade/class/describe.ts');
    const { phaseAt } = await import('../grade/out/phase.ts');
    const { writeGrades } = await import('../grade/out/write.ts');
    const { grades, pages } = describeClass({
      rubric: rubric.rubric,
      rubricSha256: rubric.sha256,
      seed: rubric.seed,
      stock,
      checked,
      tool,
      students,
      intake,
      template: await templates(),
    });
    const written = await writeGrades(folder, grades, {
      leftOut,
      phase: phaseAt(rubric.rubric, {
        now: now(),
        single: input.switches.has('--single'),
        published: input.switches.has('--published'),
      }),
      similarPages: pages,
      gradescope: input.switches.has('--gradescope'),
      junit: input.switches.has('--junit'),
      ...gradebooks,
    });
    shown.summary(`${written.files.length} files`);
    return { grades, written, leftOut, bugs };
  });
}

async function buildChecked(
  context: Context,
  config: LabConfig,
  stock: Awaited<ReturnType<typeof fetchKernel>>,
) {
  const { buildCheckedKernel } = await import('../provision/kernel/build.ts');
  const { builder, mirror } = config;
  return buildCheckedKernel(context, { kind: 'checked', stock, builder, mirror });
}

/** Where perl runs, for checkpatch. Undefined where neither sandbox nor Docker works: that is said with the marks. */
async function anyWorkshop(context: Context, config: LabConfig) {
  const { builderChoices } = await import('../provision/builder/choose.ts');
  for await (const { builder } of builderChoices(context, config.builder, { mirror: config.mirror })) {
    if (builder.name === 'sandbox') {
      const { sandboxWorkshop } = await import('../provision/builder/sandbox/workshop.ts');
      return sandboxWorkshop(context, config.mirror);
    }
    if (builder.name === 'docker') {
      const { dockerWorkshop } = await import('../provision/builder/docker/workshop.ts');
      return dockerWorkshop(context);
    }
  }
  return undefined;
}

async function takeIn(
  place: string,
  ignore: readonly string[],
  context: Context,
  rubric: Rubric,
  { roster, single }: { roster: string | undefined; single: boolean },
): Promise<Intake> {
  const { readClass } = await import('../grade/intake/read-class.ts');
  return step(context.emit, 'Submissions', async (shown) => {
    const intake = await readClass(place, {
      keep: rubric.submission.keep,
      ...(roster === undefined
        ? {}
        : {
            roster: {
              file: roster,
              columns: rubric.submission.roster,
              timeZone: rubric.assignment.timeZone,
            },
          }),
      ignore,
      ...(single ? { single } : {}),
      emit: shown.emit,
      signal: context.signal,
    });
    const handed = intake.candidates.filter(({ submission }) => submission !== undefined).length;
    shown.summary(`${plural(intake.candidates.length, 'student')}, ${plural(handed, 'submission')}`);
    return intake;
  });
}

function onlyOf(text: string | undefined, { candidates }: Intake): Set<string> | undefined {
  if (text === undefined) return undefined;
  // Blanks too: PowerShell makes a list of `anna,boris` and hands it on as `anna boris`.
  const keys = text.split(/[\s,]+/).filter((key) => key !== '');
  const known = candidates.map(({ key }) => key);
  const wrong = keys.length === 0 ? '' : keys.find((key) => !known.includes(key));
  if (wrong !== undefined) throw labError('GradeStudentUnknown', { key: wrong, known });
  return new Set(keys);
}

function jobsOf(text: string | undefined): number {
  if (text === undefined) return usualJobs(availableParallelism(), totalmem());
  if (/^[1-9]\d?$/.test(text)) return Number(text);
  const wrong = { problem: `is ${quote(text)}`, value: quote(text), allowed: 'a number from 1 to 99' };
  throw labError('FlagInvalid', { flag: '--jobs', ...wrong, nearest: undefined });
}

/** Of the time that a submission takes it waits for a quarter; its machine and its compiler have half a gibibyte. */
export function usualJobs(cores: number, memoryBytes: number): number {
  return Math.max(1, Math.min(Math.ceil(cores * 1.25), Math.floor(memoryBytes / 2 / 2 ** 29)));
}

/** What everybody may have taken over: the skeleton, and the module that comes with lab3. */
async function templates(): Promise<ReadonlyMap<string, Uint8Array>> {
  const names = ['module/lab3.c', 'module/skeleton/lab3.c'];
  const read = await Promise.all(names.map((name) => readFile(packageFile(name))));
  return new Map(names.map((name, at) => [name, read[at] ?? new Uint8Array()]));
}
