import { spawnSync } from 'node:child_process';
import { property, assert as propertyAssert, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shellWord } from '../../provision/shell-word.ts';
import { requirePart } from '../require.ts';

const sh = spawnSync('sh', ['-c', 'exit 0']).status === 0;

describe.skipIf(!requirePart('sh', sh, 'no POSIX shell here'))('shellWord', () => {
  test('is one word to a shell, whatever is in it', { timeout: 60_000 }, () => {
    propertyAssert(
      property(
        string({ unit: 'binary' }).filter(
          (word) => !word.includes('\0') && Buffer.from(word).toString() === word,
        ),
        (word) => {
          const { stdout } = spawnSync('sh', ['-c', `printf '%s' ${shellWord(word)}`], { encoding: 'utf8' });
          expect(stdout).toBe(word);
        },
      ),
      { numRuns: 50 },
    );
  });
});
