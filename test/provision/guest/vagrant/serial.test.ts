import { describe, expect, it } from 'vitest';
import { textAfter } from '../../../../provision/guest/vagrant/serial.ts';

describe('the last words of a kernel', () => {
  it('are what came after the last line that is known, with or without times', () => {
    const log = '[    1.000000] one\n[    2.000000] two\n';
    expect(textAfter('one\r\ntwo\r\nKernel panic\r\n', log)).toBe('Kernel panic\n');
    expect(textAfter('[    2.000000] two\n[    3.000000] Kernel panic\n', log)).toBe(
      '[    3.000000] Kernel panic\n',
    );
  });

  it('are not what is known already, where the log ends with what the port has not got', () => {
    expect(textAfter('one\ntwo\nend\n', 'one\ntwo\nlab3-mark 0123\n')).toBe('end\n');
  });

  it('come after the last of several like it', () => {
    expect(textAfter('tick\ntick\nend\n', 'tick\n')).toBe('end\n');
  });

  it('are all of it where nothing is known, and nothing where nothing came', () => {
    expect(textAfter('panic\n', '')).toBe('panic\n');
    expect(textAfter('panic\n', 'of another\n')).toBe('panic\n');
    expect(textAfter('', 'one\n')).toBe('');
  });
});
