/** What editors of Windows make of a file: a byte order mark, CRLF, no end of line at the end. */
import { describe, expect, it } from 'vitest';
import { writeConfig } from '../../lab/config/write.ts';
import { parseConfig } from '../../lab/config.ts';

const unix = '# mine\nn_threads: 4 # few\nn_times: 1000\n';
const forms = {
  CRLF: unix.replaceAll('\n', '\r\n'),
  'a byte order mark': `\ufeff${unix}`,
  'a byte order mark and CRLF': `\ufeff${unix.replaceAll('\n', '\r\n')}`,
  'no last line end': unix.trimEnd(),
};

describe.each(Object.entries(forms))('lab3.yaml with %s', (_form, text) => {
  it('says the same', () => {
    expect(parseConfig(text, 'lab3.yaml')).toEqual(parseConfig(unix, 'lab3.yaml'));
  });

  it('is written back with the line ends and comments that it had', () => {
    const config = { ...parseConfig(text, 'lab3.yaml'), nThreads: 7 };
    const written = writeConfig(text, config, 'lab3.yaml');
    expect(parseConfig(written, 'lab3.yaml')).toEqual(config);
    expect(written).toContain('# mine');
    expect(written.startsWith('\ufeff')).toBe(text.startsWith('\ufeff'));
    const lines = written.match(/\r?\n/g) ?? [];
    expect(new Set(lines).size).toBeLessThanOrEqual(1);
    if (text.includes('\r\n')) expect(lines[0]).toBe('\r\n');
  });
});
