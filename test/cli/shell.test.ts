import { expect, test } from 'vitest';
import { unixText } from '../../cli/shell.ts';

test('commands from cmd and PowerShell have line ends that a shell in Linux knows', () => {
  expect(unixText('\ufeffuname -a\r\nlsmod\r\n')).toBe('uname -a\nlsmod\n');
  expect(unixText('printf "a\\r"\nx\ry\n')).toBe('printf "a\\r"\nx\ry\n');
});
