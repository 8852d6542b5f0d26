import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { ShellStream } from '../../../../provision/guest/qemu/shell.ts';

describe('the stream of a shell', () => {
  it('ends at the last word, which is not part of it, however it is cut', async () => {
    for (let cut = 0; cut <= 12; cut += 1) {
      const line = new PassThrough();
      const shell = new ShellStream(line, 'LASTWORD');
      const all = text(shell);
      line.write('LA ');
      line.write('yLASTWORD'.slice(0, cut));
      await new Promise((resolve) => setImmediate(resolve));
      line.write(`${'yLASTWORD'.slice(cut)}more`);
      expect(await all).toBe('LA y');
    }
  });

  it('passes on at once what cannot be the last word', async () => {
    const line = new PassThrough();
    const shell = new ShellStream(line, 'LASTWORD');
    const first = new Promise((resolve) => shell.once('data', (chunk) => resolve(String(chunk))));
    line.write('# ');
    expect(await first).toBe('# ');
    shell.destroy();
  });

  it('ends with the machine', async () => {
    const line = new PassThrough();
    const all = text(new ShellStream(line, 'LASTWORD'));
    line.write('half');
    line.destroy();
    expect(await all).toBe('half');
  });
});
