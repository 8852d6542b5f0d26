/** gdb itself, in a real machine: the module's threads stopped before they run, the shared variable read. */
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildModule } from '../../provision/builder/build.ts';
import { readModuleSource } from '../../provision/builder/source.ts';
import { type Debugger, debuggable, openDebugger } from '../../provision/debug/debugger.ts';
import type { Guest } from '../../provision/guest/guest.ts';
import { startGuest } from '../../provision/guest/qemu/start.ts';
import { requirePart } from '../require.ts';
import { realContext, trixieKernel } from './real-context.ts';

const context = realContext();
const moduleFolder = fileURLToPath(new URL('../../module', import.meta.url));
const found = await execa('gdb', ['--version'], { reject: false });
const present = requirePart('gdb', !found.failed, 'it comes with the package gdb');

describe.skipIf(!present)('a machine that is open for gdb', () => {
  let guest: Guest;
  let opened: Debugger;

  beforeAll(async () => {
    const kernel = await trixieKernel(context);
    const source = await readModuleSource(moduleFolder);
    const module = await buildModule(context, 'auto', source, kernel);
    const { cmdline, accelerator } = debuggable;
    guest = await startGuest(context, { kernel, vcpus: 2, memoryMiB: 256, cmdline }, { accelerator });
    await guest.send('/root/lab3.ko', module.ko);
    opened = await openDebugger(context, guest, { source, module, kernel });
  });
  afterAll(async () => {
    await guest?.kill();
    await opened?.remove();
  });

  it('stops in the function of the threads, reads the shared variable, and the same for the next load', async () => {
    // Loaded while the machine stands still: nothing of it runs before gdb is there.
    const load = (words: string) => `insmod /root/lab3.ko lock=own ${words} && sleep 1 && rmmod lab3`;
    const loads = `${load('n_threads=2 n_times=3 increment=5')} && ${load('n_threads=1 n_times=2')}`;
    const running = guest.run(loads, { deadlineMs: 200_000 });
    const commands = [
      'set $run = ((struct worker *)data)->run',
      'printf "before: %llu\\n", *(unsigned long long *)$run->total',
      'info symbol $pc',
      // Until the module is unloaded.
      'delete 4',
      'continue',
      'printf "after: %llu\\n", *(unsigned long long *)$run->total',
      'set $lab3_thread = 0',
      'delete 1',
      'continue',
      'backtrace 2',
      'delete',
      'detach',
    ].flatMap((command) => ['-ex', command]);
    // A breakpoint of a person's own, in a function that no file knows yet.
    const own = ['-ex', 'set breakpoint pending on', '-ex', 'break workers_stop'];
    const args = ['-nx', '-batch', ...own, '-x', opened.script, ...commands];
    const { all } = await execa('gdb', args, { timeout: 120_000, all: true });
    expect(await running).toMatchObject({ status: 0 });
    const [first = '', second = ''] = all.split('after: 30\n');
    expect(first).toMatch(/Breakpoint 4, worker_main \(data=0x[0-9a-f]+\) at \S*lab3\.c:\d+/);
    expect(first).toContain('worker_main in section .text of');
    expect(first).toContain('before: 0\n');
    expect(first).toMatch(/Breakpoint 1(\.\d+)?, .*workers_stop \(.*lab3\.c:\d+/);
    // The source is found where the person has it.
    expect(first).toMatch(/\n\d+\t\{\n/);
    expect(second).toMatch(/#0 +worker_main \(data=0x[0-9a-f]+\) at /);
    expect(second).toMatch(/#1 +0x[0-9a-f]+ in kthread \(\)/);
    expect(guest.console().text).toContain('total=30 expected=30');
  });

  it('listens on loopback alone', async () => {
    expect(opened.port).toBeGreaterThan(1023);
    const { stdout } = await execa('cat', ['/proc/net/tcp', '/proc/net/tcp6'], { reject: false });
    const port = opened.port.toString(16).toUpperCase().padStart(4, '0');
    const listening = stdout.split('\n').filter((line) => new RegExp(`:${port} 0+:0000 0A `).test(line));
    if (process.platform === 'linux')
      expect(listening.map((line) => line.trim().split(/\s+/)[1])).toEqual([`0100007F:${port}`]);
  });
});
