#!/usr/bin/env node
/** The process: arguments in, exit code out. The only place that exits, catches signals and prints errors. */
import { labError } from '../lab/errors.ts';
import type { Tools } from './command.ts';
import type { Log } from './log.ts';
import { globalFlags, type Parsed, parseCommandLine } from './program.ts';
import { makeUi } from './ui/ui.ts';

/** sysexits.h calls it EX_SOFTWARE: neither the module nor the computer is at fault. */
const bugExitCode = 70;
const interruptedExitCode = 130;
/** What a clean-up may take before it is no longer waited for. */
const cleanUpMs = 10_000;
/** npx hands on the signal that the terminal has sent already: so soon, it is the same Ctrl-C. */
const sameSignalMs = 500;

const argv = process.argv.slice(2);
const flags = globalFlags(argv);
const controller = new AbortController();
const ui = makeUi(flags, process, process.platform, process.env);
let log: Log | undefined;

// Libraries that colour by themselves look there.
if (!flags.color) process.env.NO_COLOR = '1';

// A reader that has seen enough (`lab3 doctor | head`), or a terminal that was closed, is no error of ours.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO' && error.code !== 'ERR_STREAM_DESTROYED') throw error;
  });

let interruptedAt: number | undefined;
function interrupt(): void {
  const now = performance.now();
  if (interruptedAt === undefined) {
    interruptedAt = now;
    ui.emit({ type: 'warning', text: 'Stopping. Ctrl-C once more does not wait for the clean-up.' });
    controller.abort(labError('Interrupted', undefined));
    setTimeout(() => leave(interruptedExitCode), cleanUpMs).unref();
  } else if (now - interruptedAt > sameSignalMs) leave(interruptedExitCode);
}
// Windows: Ctrl-Break too; SIGHUP is the closed window there, and SIGTERM never comes.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] as const) process.on(signal, interrupt);
process.on('uncaughtException', (error) => void fail(error).then(leave, lastWords));

/** Those who hold child processes end them in their own 'exit' handlers. */
function leave(code: number): never {
  if (ui.terminal.live) process.stderr.write('\u001b[?25h');
  process.exit(code);
}

/**
 * For an error that cannot be said as others are, because the files that say it are gone: an update or a build replaced them
 * under a tool that runs. It must not be tried again, which would never end.
 */
function lastWords(error: unknown): never {
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    `lab3 cannot read its own files: ${reason}\nRun the same command again; if that fails too, install lab3 again.\n`,
  );
  leave(bugExitCode);
}

async function main(): Promise<number> {
  const parsed = parseCommandLine(argv, {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
  });
  if (typeof parsed === 'number') return parsed;
  const code = await parsed.command.run(parsed.input, toolsFor(parsed));
  return code ?? 0;
}

function toolsFor({ command }: Parsed): Tools {
  let context: ReturnType<Tools['context']> | undefined;
  const cwd = process.cwd();
  const { platform, env } = process;
  const emit: Tools['ui']['emit'] = (event) => {
    log?.write(event);
    ui.emit(event);
  };
  const contextParts = { platform, arch: process.arch, env, cwd, emit, signal: controller.signal };
  async function begin() {
    const { makeContext } = await import('./context.ts');
    const made = await makeContext(contextParts);
    const { openLog } = await import('./log.ts');
    log = await openLog(made.cacheDir, command.name);
    return made;
  }
  return {
    cwd,
    platform,
    env,
    signal: controller.signal,
    ui,
    log: () => log,
    contextParts,
    context: () => {
      context ??= begin();
      return context;
    },
  };
}

/** Says what went wrong; answers the exit code. */
async function fail(thrown: unknown): Promise<number> {
  await ui.settle().catch(() => undefined);
  const { toLabError } = await import('./causes.ts');
  const { bugText, failureDocument, failureText } = await import('./ui/failure.ts');
  const place = { terminal: ui.terminal, style: ui.style, log: log?.path };
  // Whatever broke because of the interruption broke because of the interruption.
  const error = controller.signal.aborted ? labError('Interrupted', undefined) : toLabError(thrown);
  log?.line(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
  if (error === undefined) {
    ui.tell(bugText(thrown, place));
    if (flags.verbose && thrown instanceof Error) ui.tell(thrown.stack ?? '');
    if (flags.json)
      ui.print(
        JSON.stringify({ error: { name: 'Bug', message: String(thrown) }, exitCode: bugExitCode }, null, 2),
      );
    return bugExitCode;
  }
  ui.tell(failureText(error, place));
  if (flags.json) ui.print(JSON.stringify(failureDocument(error), null, 2));
  return error.exitCode;
}

const flushed = (stream: NodeJS.WriteStream) => new Promise<void>((done) => stream.write('', () => done()));

let exitCode: number;
try {
  exitCode = await main();
  await ui.settle();
  if (controller.signal.aborted) exitCode = interruptedExitCode;
} catch (error) {
  exitCode = await fail(error).catch(lastWords);
}
await log?.close();
await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
leave(exitCode);
