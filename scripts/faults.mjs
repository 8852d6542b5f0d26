// Checks every module of test/corpus/modules and writes what came of it into docs/faults.md: `node scripts/faults.mjs`.
// Takes minutes. Ends with 1 when a fault was missed or wrongly named; the page is written all the same.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', '--project', 'integration', 'test/integration/corpus.test.ts'],
  {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: 'inherit',
    env: { ...process.env, LAB3_TEST_CORPUS: 'all', LAB3_TEST_CORPUS_PAGE: 'write' },
  },
);
process.exitCode = status ?? 1;
