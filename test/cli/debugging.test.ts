import { describe, expect, it } from 'vitest';
import { quoted } from '../../cli/debugging.ts';

describe('a word for a shell', () => {
  it('has no backslash on Windows, where the shell of MSYS2 would swallow it', () => {
    expect(quoted('C:\\Users\\ann\\AppData\\lab3\\lab3.gdb', 'win32')).toBe(
      'C:/Users/ann/AppData/lab3/lab3.gdb',
    );
    expect(quoted('C:\\Users\\Ann Smith\\lab3.gdb', 'win32')).toBe('"C:/Users/Ann Smith/lab3.gdb"');
  });

  it('is quoted elsewhere where a shell would read it otherwise', () => {
    expect(quoted('/home/ann/lab3.gdb', 'linux')).toBe('/home/ann/lab3.gdb');
    expect(quoted('/Users/ann/My Lab/a\\b', 'darwin')).toBe("'/Users/ann/My Lab/a\\b'");
  });
});
