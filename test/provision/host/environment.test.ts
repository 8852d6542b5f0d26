import { expect, it } from 'vitest';
import { powershell, variable } from '../../../provision/host/environment.ts';

it('a variable is found on Windows however it is written, elsewhere as it is written', () => {
  expect(variable('win32', { Path: 'a' }, 'PATH')).toBe('a');
  expect(variable('win32', { PATH: 'b', Path: 'a' }, 'PATH')).toBe('b');
  expect(variable('darwin', { Path: 'a' }, 'PATH')).toBeUndefined();
});

it('PowerShell is the system’s own, on whatever drive that is', () => {
  expect(powershell({ SYSTEMROOT: 'D:\\WINNT' })).toBe(
    'D:\\WINNT\\System32\\WindowsPowerShell\\v1.0\\powershell.exe',
  );
  expect(powershell({})).toMatch(/^C:\\Windows\\System32\\/);
});
