import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { listen, textAfter } from '../../../../provision/guest/vagrant/serial.ts';
import { makeContext } from '../../context.ts';

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

it('listening ends with the person, also where nothing would ever come', async () => {
  const abort = new AbortController();
  const context = { ...(await makeContext({ env: process.env })), signal: abort.signal };
  let asked = 0;
  const words = await listen(context, { argv: ['sleep', '60'] }, async () => {
    asked += 1;
    abort.abort();
  });
  expect(asked).toBeLessThanOrEqual(1);
  words.close();
});

const hasScript = await promisify(execFile)('script', ['--version']).then(
  () => true,
  () => false,
);

it.runIf(process.platform === 'linux' && hasScript)(
  'listening has begun when the machine’s own line comes back, and that line is nobody’s last word',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lab3-serial-'));
    const port = join(folder, 'port');
    await writeFile(port, '');
    let asked = 0;
    const words = await listen(
      await makeContext({ env: process.env }),
      { argv: ['tail', '-n', '+1', '-f', port] },
      async (line) => {
        asked += 1;
        // What is said before somebody listens is lost.
        if (asked > 1) await appendFile(port, `${line}\n`);
      },
    );
    try {
      expect(asked).toBeGreaterThan(1);
      expect(words.unheard).toBeUndefined();
      await appendFile(port, 'Kernel panic - not syncing: x\n');
      await expect.poll(() => words.after('nothing of it'), { timeout: 10_000 }).toContain('Kernel panic');
      expect(words.after('nothing of it')).not.toContain('lab3-serial');
    } finally {
      words.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
);

it.runIf(process.platform === 'linux' && hasScript)(
  'a port that says nothing is said to be unheard',
  async () => {
    const words = await listen(
      await makeContext({ env: process.env }),
      { argv: ['true'] },
      async () => undefined,
    );
    expect(words.unheard).toBe('the console ended');
    expect(words.after('')).toBe('');
    words.close();
  },
);
