import { describe, expect, test, vi } from 'vitest';
import { labError } from '../../../lab/errors.ts';
import type { CommandOutcome, Guest } from '../../../provision/guest/guest.ts';
import { taintsAfter } from '../../../provision/run/taints.ts';

const crash = 'Oops: 0000 [#1] SMP\nRIP: 0010:worker+0x12/0x80 [lab3]\n';
const answer = (output: string, status = 0): Promise<CommandOutcome> =>
  Promise.resolve({ status, output, dropped: 0, timedOut: false });

/** Of a guest only this is asked. */
function guestThat(run: () => Promise<CommandOutcome>) {
  const asked = vi.fn(run);
  return { guest: { run: asked } as unknown as Guest, asked };
}

describe('the kernel’s taints', () => {
  test('are asked for where the log seems to hold a crash', async () => {
    const { guest, asked } = guestThat(() => answer('4224\n'));
    expect(await taintsAfter(guest, crash)).toBe(4224);
    expect(asked).toHaveBeenCalledOnce();
  });

  test('are nobody’s business otherwise', async () => {
    const { guest, asked } = guestThat(() => answer('0\n'));
    expect(await taintsAfter(guest, 'Total: 400000\n')).toBeUndefined();
    expect(asked).not.toHaveBeenCalled();
  });

  test.each([
    ['words', () => answer('tainted\n')],
    ['a number that is none', () => answer('99999999999999\n')],
    ['a failure', () => answer('0', 1)],
    [
      'nothing, since the machine is gone',
      () => Promise.reject(labError('GuestCannot', { vm: 'qemu', what: 'x' })),
    ],
  ])('are not known where the answer is %s', async (_, run) => {
    expect(await taintsAfter(guestThat(run).guest, crash)).toBeUndefined();
  });

  test('do not hide an interruption, nor a fault of ours', async () => {
    await expect(
      taintsAfter(guestThat(() => Promise.reject(labError('Interrupted', undefined))).guest, crash),
    ).rejects.toMatchObject({ name: 'Interrupted' });
    await expect(
      taintsAfter(guestThat(() => Promise.reject(new TypeError('ours'))).guest, crash),
    ).rejects.toThrow('ours');
  });
});
