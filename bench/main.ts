/** `npm run bench`: what the README claims, measured here and now. `npm run bench -- --help` says what it takes. */
import { fileURLToPath } from 'node:url';
import { readFlags, usage } from './flags.ts';
import { measure } from './measure.ts';
import { architecturesTable, measureArchitectures } from './parts/architectures.ts';
import { table } from './table.ts';
import { openWorkplace } from './workplace.ts';

const flags = readFlags(process.argv.slice(2));
if (flags === 'help') process.stdout.write(usage);
else if ('problem' in flags) {
  process.stderr.write(`${flags.problem}\nnpm run bench -- --help says what it takes.\n`);
  process.exitCode = 2;
} else {
  const interrupt = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupt.abort());
  // Bundled into build/, beside this project's other folders.
  const work = await openWorkplace(
    fileURLToPath(new URL('..', import.meta.url)),
    flags.cache,
    interrupt.signal,
  );
  try {
    const print = <T>(document: T, asTable: (document: T) => string) =>
      process.stdout.write(flags.json ? `${JSON.stringify(document, null, 2)}\n` : asTable(document));
    if (flags.architectures) print(await measureArchitectures(work, flags.rounds), architecturesTable);
    else print(await measure(work, flags), table);
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    process.exitCode = 130;
  } finally {
    await work.close();
  }
}
