import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { qemuScript, quoted } from '../../../bench/baselines/shell.ts';

const run = promisify(execFile);

describe.skipIf(process.platform === 'win32')('words for a shell', () => {
  test('any word comes through as it was', async () => {
    const word = fc
      .string({ unit: 'binary', maxLength: 40 })
      .filter((text) => !/[\0\ud800-\udfff]/.test(text));
    await fc.assert(
      fc.asyncProperty(word, async (text) => {
        const { stdout } = await run('sh', ['-c', `printf %s ${quoted(text)}`]);
        expect(stdout).toBe(text);
      }),
      { numRuns: 40 },
    );
  });

  test('a script starts QEMU with its own first words, its variables and the words that follow', async () => {
    const folder = await mkdtemp(join(tmpdir(), "lab3 it's "));
    try {
      const program = join(folder, 'loader');
      await writeFile(program, '#!/bin/sh\nprintf "%s|" "$A" "$B" "$@"\n', { mode: 0o755 });
      const path = join(folder, 'qemu');
      const script = qemuScript({ argv: [program, '-L', 'a b'], env: { A: "it's", B: undefined } });
      await writeFile(path, script, { mode: 0o755 });
      const { stdout } = await run(path, ['--version', '$HOME'], { env: { ...process.env, B: 'set' } });
      expect(stdout).toBe("it's||-L|a b|--version|$HOME|");
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
