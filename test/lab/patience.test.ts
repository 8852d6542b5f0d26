import { describe, expect, it } from 'vitest';
import { patiently } from '../../lab/patience.ts';

describe('patience', () => {
  const failing = (times: number) => {
    let left = times;
    return () => {
      if (left-- > 0) throw new Error(`still ${left + 1}`);
      return 'done';
    };
  };

  it('does it again until it works', async () => {
    expect(await patiently(failing(3), { passes: () => true, deadlineMs: 60_000 })).toBe('done');
  });

  it('does not for a failure that stays', async () => {
    let tries = 0;
    const work = () => {
      tries += 1;
      throw new Error('never');
    };
    await expect(patiently(work, { passes: () => false, deadlineMs: 60_000 })).rejects.toThrow('never');
    expect(tries).toBe(1);
  });

  it('ends at the deadline with the last failure', async () => {
    await expect(patiently(failing(1e9), { passes: () => true, deadlineMs: 60 })).rejects.toThrow(/still/);
  });
});
