import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import {
  insmodCommand,
  loadScript,
  markScript,
  settleScript,
  unloadScript,
} from '../../../provision/run/scripts.ts';
import { requirePart } from '../../require.ts';

const shellcheck = spawnSync('shellcheck', ['--version']).status === 0;
const params = { n_threads: '10', lock: 'none' };

test('the command reads as a person would type it', () => {
  expect(insmodCommand('lab3', params)).toBe('insmod lab3.ko n_threads=10 lock=none');
});

describe.skipIf(!requirePart('shellcheck', shellcheck, 'the program is not on the PATH'))('scripts', () => {
  const scripts = {
    load: loadScript('lab3', params),
    settle: settleScript(60),
    unload: unloadScript('lab3', 'lab3-mark 0123456789abcdef'),
    mark: markScript('lab3-mark 0123456789abcdef'),
  };
  for (const [name, script] of Object.entries(scripts)) {
    test(`${name} is clean for shellcheck`, () => {
      // SC2086: `set -- $stat` is there to split; SC3045: busybox has `read -t`.
      const { stdout } = spawnSync('shellcheck', ['-s', 'sh', '-e', 'SC2086,SC3045', '-'], {
        input: script,
        encoding: 'utf8',
      });
      expect(stdout).toBe('');
    });
  }
});
