import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasTerminal, openTerminal, type Session } from './terminal.ts';
import { lab3, nowhere, scratch } from './tool.ts';

/** Setup ends right after the questions, with lab3.yaml written. */
const noCache = { LAB3_CACHE: nowhere };

async function answer(session: Session, question: RegExp, text: string): Promise<void> {
  await session.waitFor(question);
  session.type(text);
}

describe.skipIf(!hasTerminal)('the questions of setup', () => {
  it('take defaults, correct nonsense, keep the comments of lab3.yaml', async () => {
    await using folder = await scratch();
    const file = join(folder.path, 'lab3.yaml');
    await writeFile(file, '# our class\nn_threads: 6 # small on purpose\nbuilder: sandbox\n');
    const session = openTerminal(['setup'], { cwd: folder.path, columns: 80, env: noCache });
    await answer(session, /How many threads\? \(6\)/, '5000\r');
    await answer(session, /It is 5000; allowed: a whole number from 1 to 1024/, '\u00157\r');
    await answer(session, /each step add\? \(2\)/, '\r');
    await answer(session, /each thread make\? \(500000\)/, '2e5\r');
    await answer(session, /❯ own/, '\u001b[B\r');
    await answer(session, /❯ sandbox/, '\r');
    await answer(session, /In which folder is the module\?/, 'nowhere\r');
    await answer(session, /There is no folder/, '\u0015\r');
    await answer(session, /Whose report is it\?/, 'Ада Лавлейс\r');
    await answer(session, /In which group\?/, '\r');
    expect(await session.ended).toBe(69);
    const text = await readFile(file, 'utf8');
    expect(text).toContain('# our class\n');
    expect(text).toContain('n_threads: 7 # small on purpose\n');
    expect(text).toMatch(/n_times: 200000\n/);
    expect(text).toMatch(/locks: *(\[ ?none, spinlock ?\]|\n\s*- none\n\s*- spinlock)/);
    expect(text).toContain('Ада Лавлейс');
    expect(text).not.toContain('group:');
  });

  it('do not ask what a flag has answered, and nothing with --yes', async () => {
    await using folder = await scratch();
    const flags = [
      '--n-threads',
      '3',
      '--increment',
      '1',
      '--n-times',
      '9',
      '--lock',
      'own',
      '--builder',
      'vm',
    ];
    const rest = ['--module', '.', '--student', 'Ada'];
    const session = openTerminal(['setup', ...flags, ...rest], {
      cwd: folder.path,
      columns: 80,
      env: noCache,
    });
    await answer(session, /In which group\?/, '3531\r');
    expect(await session.ended).toBe(69);
    expect(session.screen().join('\n')).not.toContain('How many');
    expect(await readFile(join(folder.path, 'lab3.yaml'), 'utf8')).toMatch(/^n_threads: 3$/m);
    const silent = openTerminal(['setup', '--yes'], { cwd: folder.path, columns: 80, env: noCache });
    expect(await silent.ended).toBe(69);
    expect(silent.screen().join('\n')).not.toContain('?');
  });

  it('end at Ctrl-C with 130 and nothing written', async () => {
    await using folder = await scratch();
    const session = openTerminal(['setup'], { cwd: folder.path, columns: 80, env: noCache });
    await answer(session, /How many threads\?/, '8\r');
    await answer(session, /each step add\?/, '\u0003');
    expect(await session.ended).toBe(130);
    expect(session.screen().join('\n')).toContain('Exit code 130');
    // The cursor is back.
    expect(session.raw().lastIndexOf('\u001b[?25h')).toBeGreaterThan(
      session.raw().lastIndexOf('\u001b[?25l'),
    );
    expect(existsSync(join(folder.path, 'lab3.yaml'))).toBe(false);
  });

  it('can be read on 40 columns', async () => {
    await using folder = await scratch();
    const session = openTerminal(['setup'], { cwd: folder.path, columns: 40, env: noCache });
    await answer(session, /How many threads\?/, '\r');
    await answer(session, /each step add\?/, '\r');
    await answer(session, /each thread make\?/, '\r');
    await session.waitFor(/❯ own/);
    expect(session.screen()).toMatchInlineSnapshot(`
      [
        "  Threads that add to the shared",
        "  variable at the same time. From 1 to",
        "  1 024.",
        "✔ How many threads? 10",
        "  What one step of a thread adds to the",
        "  shared variable. From 1 to 1 000 000.",
        "✔ How much does each step add? 2",
        "  With few steps a race may not show;",
        "  above some millions a run takes long",
        "  without acceleration. From 1 to",
        "  1 000 000 000.",
        "✔ How many steps does each thread make?",
        "500000",
        "  own is the spinlock of the exercise,",
        "  made of an atomic; the others are the",
        "  kernel’s, to compare with.",
        "? Which lock does the locked run take?",
        "❯ own",
        "  spinlock",
        "  mutex",
        "  atomic",
        "",
        "↑↓ navigate • ⏎ select",
      ]
    `);
    session.type('\u0003');
    expect(await session.ended).toBe(130);
  });
});

describe('without a terminal', () => {
  it('nothing is asked: setup goes on with the defaults and says so', async () => {
    await using folder = await scratch();
    const { code, stderr } = await lab3(['setup'], { cwd: folder.path, env: noCache, deadlineMs: 60_000 });
    expect(stderr).toContain('No terminal to ask questions on');
    expect(code).toBe(69);
    expect(await readFile(join(folder.path, 'lab3.yaml'), 'utf8')).toMatch(/^n_threads: 10$/m);
  });

  it('clean removes nothing of others and does not wait for an answer', async () => {
    await using folder = await scratch();
    const env = { LAB3_CACHE: join(folder.path, 'cache'), DOCKER_HOST: 'tcp://127.0.0.1:1' };
    expect(await lab3(['clean'], { cwd: folder.path, env, deadlineMs: 60_000 })).toMatchObject({ code: 0 });
  });
});
