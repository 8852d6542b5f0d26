/** What a person does with `lab3 shell --gdb`: two terminals, two lines copied. */
import { access } from 'node:fs/promises';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { requirePart } from '../require.ts';
import { hasMachine } from './machine.ts';
import { hasTerminal, openTerminal } from './terminal.ts';
import { scratch } from './tool.ts';

const found = await execa('gdb', ['--version'], { reject: false });
const hasGdb = requirePart('gdb', !found.failed, 'it comes with the package gdb');

describe.skipIf(!hasMachine || !hasTerminal || !hasGdb)('shell --gdb', () => {
  it('prints what starts gdb, which stops in the function of the threads', async () => {
    await using folder = await scratch();
    const terminal = openTerminal(['shell', '--gdb'], { cwd: folder.path, columns: 200 });
    await terminal.waitFor(/insmod lab3\.ko/);
    const shown = terminal.screen().join('\n');
    const script = / gdb -x (\S+)/.exec(shown)?.[1] ?? '';
    const args = ['-nx', '-batch', '-x', script, '-ex', 'print *(struct worker *)data', '-ex', 'delete'];
    const gdb = execa('gdb', [...args, '-ex', 'detach'], { timeout: 120_000, all: true });
    // The machine stands still until then, and what is typed waits.
    terminal.type('insmod lab3.ko n_threads=1 n_times=1 && echo load""ed\n');
    const { all } = await gdb;
    expect(all).toMatch(/Breakpoint \d+, worker_main \(data=0x/);
    expect(all).toMatch(/\$1 = \{run = 0x[0-9a-f]+.*steps = 0\}/);
    await terminal.waitFor(/^loaded/m);
    terminal.type('exit\n');
    expect(await terminal.ended).toBe(0);
    await expect(access(script)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
