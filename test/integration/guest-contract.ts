/** What the guest room promises, whichever provider starts the machine; in one boot where that is possible. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GuestName } from '../../lab/names.ts';
import type { Guest } from '../../provision/guest/guest.ts';
import { realContext } from './real-context.ts';

export interface GuestProvider {
  readonly provider: GuestName;
  /** What the machine says of the program that runs it. */
  readonly hypervisor: RegExp;
  /** Starts a machine with 2 vCPUs and 256 MiB. */
  readonly start: () => Promise<Guest>;
  /** The picture is the machine's own text screen of 80 × 25, not one drawn from its console. */
  readonly textScreen?: boolean;
  /** The machine has no network at all. */
  readonly isolated?: boolean;
  /** What the shell's terminal is called. */
  readonly terminal?: RegExp;
}

/** Registers the tests that every provider passes. */
export function guestContract({
  provider,
  hypervisor,
  start,
  textScreen = true,
  isolated = true,
  terminal = /\/dev\/hvc0/,
}: GuestProvider): void {
  const context = realContext();
  let guest: Guest;

  describe('a running guest', () => {
    beforeAll(async () => {
      guest = await start();
    });

    afterAll(() => guest?.kill());

    it('says what it is', async () => {
      expect(guest.info).toMatchObject({ provider, arch: context.hostArch, vcpus: 2 });
      const { output } = await guest.run('uname -r', { deadlineMs: 10_000 });
      expect(guest.info.kernel).toBe(output.trim());
      expect(guest.info.hypervisor).toMatch(hypervisor);
    });

    it('has the processors and the memory that were asked for', async () => {
      const { output } = await guest.run(
        'grep -c ^processor /proc/cpuinfo; free -m | awk "/Mem/{print \\$2}"',
        {
          deadlineMs: 10_000,
        },
      );
      const [processors, mebibytes] = output.trim().split('\n').map(Number);
      expect(processors).toBe(2);
      expect(mebibytes).toBeGreaterThan(180);
    });

    it('ends a script that says nothing for too long, however much time it has', async () => {
      const talks = 'for word in a b c d; do echo $word; sleep 1; done';
      const { output } = await guest.run(talks, { deadlineMs: 60_000, silenceMs: 3_000 });
      expect(output).toBe('a\nb\nc\nd\n');
      const silent = await guest.run('echo once; sleep 500', { deadlineMs: 600_000, silenceMs: 1_000 });
      expect(silent).toMatchObject({ timedOut: true, output: 'once\n' });
    });

    it('runs a script: exit status, both streams, quotes and newlines as they are', async () => {
      const script = `echo "it's" 'a "script"'\nprintf 'err\\n' >&2\nexit 3`;
      const outcome = await guest.run(script, { deadlineMs: 10_000 });
      expect(outcome).toEqual({ status: 3, output: `it's a "script"\nerr\n`, dropped: 0, timedOut: false });
    });

    it('gives the status of a script that a signal ended', async () => {
      expect((await guest.run('sh -c "kill -SEGV \\$\\$"', { deadlineMs: 10_000 })).status).toBe(139);
    });

    it('has an empty standard input', async () => {
      expect((await guest.run('cat; echo end', { deadlineMs: 10_000 })).output).toBe('end\n');
    });

    it('ends a script at its deadline with its children and goes on serving', async () => {
      const late = await guest.run('echo begun; sleep 1000 & sleep 1000', { deadlineMs: 500 });
      expect(late).toEqual({ status: 124, output: 'begun\n', dropped: 0, timedOut: true });
      expect((await guest.run('pidof sleep', { deadlineMs: 10_000 })).output.trim()).toBe('');
    });

    it('keeps the beginning of too much output and counts the rest', async () => {
      const outcome = await guest.run('yes 0123456789abcde | head -c 3000000', {
        deadlineMs: 60_000,
        limitBytes: 64,
      });
      expect(outcome.output).toBe('0123456789abcde\n'.repeat(4));
      expect(outcome.dropped).toBe(3_000_000 - 64);
    });

    it('passes output on as it comes', async () => {
      const seen: string[] = [];
      const onOutput = (chunk: Uint8Array) => void seen.push(Buffer.from(chunk).toString());
      await guest.run('echo one; sleep 0.3; echo two', { deadlineMs: 10_000, onOutput });
      expect(seen.join('')).toBe('one\ntwo\n');
      expect(seen.length).toBeGreaterThan(1);
    });

    it('runs scripts one after the other, in the order in which they were given', async () => {
      const outcomes = await Promise.all(
        [1, 2, 3].map((n) => guest.run(`sleep 0.${3 - n}; echo ${n}`, { deadlineMs: 10_000 })),
      );
      expect(outcomes.map(({ output }) => output)).toEqual(['1\n', '2\n', '3\n']);
    });

    it('carries any bytes both ways', async () => {
      const content = randomBytes(1024 * 1024);
      await guest.send(`/tmp/it's "binary"`, content, { mode: 0o750 });
      expect(Buffer.compare(Buffer.from(await guest.receive(`/tmp/it's "binary"`)), content)).toBe(0);
      const { output } = await guest.run(`stat -c '%a %s' /tmp/it*`, { deadlineMs: 10_000 });
      expect(output).toBe('750 1048576\n');
    });

    it('carries an empty file', async () => {
      await guest.send('/tmp/empty', new Uint8Array());
      expect((await guest.receive('/tmp/empty')).length).toBe(0);
    });

    it('says which file cannot be had, and refuses one that is too long', async () => {
      await expect(guest.receive('/no/such')).rejects.toMatchObject({
        name: 'GuestCommandFailed',
        message: expect.stringContaining('/no/such'),
      });
      await expect(guest.receive('/bin/sh', { limitBytes: 100 })).rejects.toThrow(/more than 100/);
      await expect(guest.send('/no/such/folder', new Uint8Array(1))).rejects.toThrow(
        /Sending \/no\/such\/folder/,
      );
    });

    it('shows what the kernel says on its console', async () => {
      const line = guest.waitForConsole((text) => text.endsWith('hello from the guest'), 10_000);
      await guest.run('echo "<4>hello from the guest" >/dev/kmsg', { deadlineMs: 10_000 });
      expect(await line).toMatch(/^\[ *\d+\.\d+\] hello from the guest$/);
      expect(guest.console().text).toContain('hello from the guest\n');
    });

    it('takes a picture of its text screen', async () => {
      await guest.run('clear >/dev/tty1; echo "total=10000000" >/dev/tty1', { deadlineMs: 10_000 });
      const picture = Buffer.from(await guest.screenshot());
      expect(picture.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
      if (textScreen) expect([picture.readUInt32BE(16), picture.readUInt32BE(20)]).toEqual([720, 400]);
      // One line of text compresses to more than a black screen and to less than a full one.
      await guest.run('clear >/dev/tty1', { deadlineMs: 10_000 });
      expect(picture.length).toBeGreaterThan((await guest.screenshot()).length);
    });

    it('is not confused by a script that lists processes', async () => {
      const outcome = await guest.run('ps; cat /proc/*/cmdline; ls -l /run/lab3; echo end', {
        deadlineMs: 10_000,
      });
      expect(outcome).toMatchObject({ status: 0, output: expect.stringMatching(/end\n$/) });
    });

    it.runIf(isolated)('has a debugfs and no network device', async () => {
      const { output } = await guest.run('ls -d /sys/kernel/debug/tracing; ls /sys/class/net', {
        deadlineMs: 10_000,
      });
      expect(output.split('\n').filter(Boolean)).toEqual(['/sys/kernel/debug/tracing', 'lo']);
    });

    it('opens a shell on a terminal, more than once', async () => {
      for (const columns of [100, 60]) {
        const shell = await guest.openShell({ columns, rows: 30 });
        let said = '';
        shell.on('data', (chunk: Buffer) => {
          said += chunk.toString();
        });
        shell.write('stty size; tty; echo $((6*7))\n');
        shell.write('exit\n');
        await new Promise((resolve) => shell.on('end', resolve));
        expect(said).toContain(`30 ${columns}`);
        expect(said).toMatch(terminal);
        expect(said).toContain('42');
        expect(said).not.toContain('lab3-shell-');
      }
    });

    it('powers off with its log complete, and twice is as good as once', async () => {
      const log = await guest.stop();
      expect(log.text).toContain('lab3-guest: end of log');
      expect(log.droppedBytes).toBe(0);
      expect(await guest.stop()).toBe(log);
      await guest.kill();
      await expect(guest.run('true', { deadlineMs: 1000 })).rejects.toMatchObject({ name: 'GuestDied' });
    });
  });
}
