import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseSweep } from '../../lab/sweep/document.ts';
import { hasMachine } from './machine.ts';
import { lab3, scratch, start } from './tool.ts';

const small = ['--n-threads', '1,2', '--n-times', '1000,2000', '--vcpus', '1', '--lock', 'none,own'];

describe('a grid that is too large', () => {
  it('is refused with its numbers before anything is fetched', async () => {
    await using folder = await scratch();
    const args = ['sweep', '--n-threads', '1..64', '--n-times', '1e3..1e9 x10', '--repeats', '100'];
    const { code, stderr, stdout } = await lab3(args, { cwd: folder.path });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/100 repeats × 2 vCPU counts × 5 locks × 64 thread counts/);
    expect(stderr).toMatch(/448 000 runs, about \d[\d ]* days/);
    expect(await readdir(folder.path)).toEqual([]);
  });
});

describe.skipIf(!hasMachine)('a module whose lock is none', () => {
  it('is at fault, and its plot shows the lock', async () => {
    await using folder = await scratch();
    const own = join(folder.path, 'mine');
    await cp(fileURLToPath(new URL('../../module', import.meta.url)), own, { recursive: true });
    const source = await readFile(join(own, 'lab3.c'), 'utf8');
    const broken = source.replace('if (!atomic_cmpxchg_acquire(&run->own, 0, 1))', 'if (1)');
    expect(broken).not.toBe(source);
    await writeFile(join(own, 'lab3.c'), broken);
    const args = ['--module', 'mine', '--n-threads', '2,8', '--n-times', '2e5', '--vcpus', '2'];
    const { code, stdout } = await lab3(['sweep', ...args, '--repeats', '2'], { cwd: folder.path });
    expect(stdout).toMatch(/runs with lock own came to a wrong total/);
    expect(code).toBe(1);
    const svg = await readFile(join(folder.path, 'lab3-report/sweep/lost_by_threads.svg'), 'utf8');
    expect(svg).toContain('2 vCPUs, own spinlock');
  });
});

describe.skipIf(!hasMachine || process.platform === 'win32')('lab3 sweep', () => {
  it('keeps what is done at Ctrl-C, goes on from there, and begins anew for another grid', async () => {
    await using folder = await scratch();
    const at = { cwd: folder.path };
    const file = (name: string) => readFile(join(folder.path, 'lab3-report', 'sweep', name), 'utf8');
    const journal = async () => (await file('journal.jsonl')).trim().split('\n').length - 1;
    const args = ['sweep', ...small, '--repeats', '8'];

    const running = start(args, at);
    await running.waitFor(/64 runs, about/);
    await expect.poll(() => journal().catch(() => 0), { timeout: 120_000, interval: 20 }).toBeGreaterThan(4);
    running.child.kill('SIGINT');
    const stopped = await running.ended;
    expect({ code: stopped.code, stdout: stopped.stdout }).toEqual({ code: 130, stdout: '' });
    const kept = await journal();
    expect(stopped.stderr).toContain(`${kept} of 64 runs are kept`);
    const part = parseSweep(await file('sweep.json'));
    expect('sweep' in part && part.sweep).toMatchObject({ complete: false });
    expect('sweep' in part && part.sweep.runs).toHaveLength(kept);

    const other = await lab3(['sweep', ...small, '--repeats', '1'], at);
    expect(other.stderr).toContain('begins anew: since the sweep that was stopped, grid changed');
    expect(other.code).toBe(0);
    expect(await readdir(join(folder.path, 'lab3-report', 'sweep'))).not.toContain('journal.jsonl');

    const again = start(args, at);
    await again.waitFor(/64 runs/);
    await expect.poll(() => journal().catch(() => 0), { timeout: 120_000, interval: 20 }).toBeGreaterThan(4);
    again.child.kill('SIGINT');
    expect((await again.ended).code).toBe(130);
    const before = await journal();
    // A whole sweep stays until another whole one takes its place.
    expect(JSON.parse(await file('sweep.json'))).toMatchObject({ complete: true });

    const whole = await lab3([...args, '--json'], at);
    expect(whole.stderr).toContain(`${before} of them done before`);
    expect(whole.code).toBe(0);
    const document = parseSweep(whole.stdout);
    expect('sweep' in document && document.sweep).toMatchObject({ complete: true, grid: { repeats: 8 } });
    expect('sweep' in document && document.sweep.runs).toHaveLength(64);
    expect(await file('sweep.json')).toBe(whole.stdout);
    const csv = await file('sweep.csv');
    expect(csv.match(/\r\n/g)).toHaveLength(65);
    expect((await readdir(join(folder.path, 'lab3-report', 'sweep'))).sort()).toEqual([
      'cost_by_threads_1_vcpu.png',
      'cost_by_threads_1_vcpu.svg',
      'lost_by_steps.png',
      'lost_by_steps.svg',
      'lost_by_threads.png',
      'lost_by_threads.svg',
      'sweep.csv',
      'sweep.json',
    ]);
  });
});
