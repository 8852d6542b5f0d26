// `npm test`: everything that must hold, in the order in which it is cheapest to fail. `npm test -- unit e2e` runs
// only what is named. Ends with one plain line: `N passed, N failed, N skipped`.
import { spawn } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { constants } from 'node:os';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

const top = fileURLToPath(new URL('..', import.meta.url));
const out = `${top}build/test`;
const skipList = `${out}/skips.txt`;

// A stage is a program of a package and its arguments; `vitest` stages also count tests.
const stages = [
  { name: 'build', script: 'scripts/build.mjs' },
  { name: 'types', program: ['typescript', 'tsc'], args: ['-b'] },
  { name: 'lint', program: ['@biomejs/biome', 'biome'], args: ['check', '.'] },
  { name: 'unused', program: ['knip', 'knip'], args: [] },
  { name: 'package', program: ['publint', 'publint'], args: ['run', '--strict'] },
  { name: 'unit', project: 'unit' },
  { name: 'integration', project: 'integration' },
  { name: 'e2e', project: 'e2e' },
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !stages.some((stage) => stage.name === name));
if (unknown.length > 0) {
  console.error(`no stage ${unknown.join(', ')}; there are: ${stages.map(({ name }) => name).join(' ')}`);
  process.exit(2);
}

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const sum = { passed: 0, failed: 0, skipped: 0 };
const lines = [];
const failures = [];
for (const stage of stages.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  console.log(`\n== ${stage.name}`);
  const started = performance.now();
  const status = await run(await commandOf(stage));
  const counts = stage.project
    ? await countTests(stage, status)
    : { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0, failures: [] };
  failures.push(...counts.failures);
  for (const key of Object.keys(sum)) sum[key] += counts[key];
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const words = stage.project
    ? `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`
    : '';
  lines.push(
    `${counts.failed === 0 ? 'ok  ' : 'FAIL'} ${stage.name.padEnd(12)} ${seconds.padStart(6)} s  ${words}`.trimEnd(),
  );
}

// Said again here: of a long log often only the end is kept.
if (failures.length > 0) console.log(`\nFailed:\n${failures.join('\n')}`);
const skips = await readFile(skipList, 'utf8').catch(() => '');
console.log(`\n${lines.join('\n')}`);
if (skips !== '')
  console.log(
    `\nSkipped, because a part is missing:\n${[...new Set(skips.trim().split('\n'))].map((line) => `  ${line}`).join('\n')}`,
  );
console.log(`\n${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
process.exitCode = sum.failed === 0 ? 0 : 1;

async function commandOf(stage) {
  if (stage.script) return [stage.script];
  if (!stage.project) return [await programOf(...stage.program), ...stage.args];
  const report = `--outputFile.json=${out}/${stage.name}.json`;
  return [
    await programOf('vitest', 'vitest'),
    'run',
    '--project',
    stage.project,
    '--passWithNoTests',
    '--reporter=default',
    '--reporter=json',
    report,
  ];
}

/** The script behind a package's command: started by this Node, so that no shell or .cmd file comes into it. */
async function programOf(name, command) {
  const folder = `${top}node_modules/${name}`;
  const { bin } = JSON.parse(await readFile(`${folder}/package.json`, 'utf8'));
  return `${folder}/${typeof bin === 'string' ? bin : bin[command]}`;
}

function run(args) {
  return new Promise((resolve) => {
    const env = { ...process.env, LAB3_TEST_SKIPS: skipList };
    const child = spawn(process.execPath, args, { cwd: top, stdio: 'inherit', env });
    const forward = (signal) => child.kill(signal);
    process.once('SIGINT', forward).once('SIGTERM', forward);
    child.on('close', (status, signal) => {
      process.off('SIGINT', forward).off('SIGTERM', forward);
      if (signal === 'SIGINT' || signal === 'SIGTERM') process.exit(128 + constants.signals[signal]);
      resolve(status ?? 1);
    });
    child.on('error', () => resolve(1));
  });
}

/** A file that cannot even be collected has no tests that fail: it counts as one. */
async function countTests(stage, status) {
  const text = await readFile(`${out}/${stage.name}.json`, 'utf8').catch(() => undefined);
  if (text === undefined) return { passed: 0, failed: status === 0 ? 0 : 1, skipped: 0, failures: [] };
  const report = JSON.parse(text);
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  const failed = report.numFailedTests + broken.length;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && status !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
    failures: report.testResults.flatMap((file) => failuresOf(file)),
  };
}

/** Name and first lines of what went wrong, for each test of a file that failed. */
function failuresOf(file) {
  const name = relative(top, file.name);
  const failed = file.assertionResults.filter((test) => test.status === 'failed');
  if (failed.length === 0) return file.status === 'failed' ? [entry(name, [file.message])] : [];
  return failed.map((test) => entry(`${name} > ${test.fullName}`, test.failureMessages));
}

function entry(title, messages) {
  const text = stripVTControlCharacters(messages.join('\n')).split('\n').slice(0, 12);
  return [`  ${title}`, ...text.map((line) => `      ${line.slice(0, 300)}`)].join('\n');
}
