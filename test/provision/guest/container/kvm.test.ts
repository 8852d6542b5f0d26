import { describe, expect, it } from 'vitest';
import { accessOf } from '../../../../provision/guest/container/kvm.ts';

const device = 0o020000;

describe('KVM for a container without rights', () => {
  it('is had by everybody, or through the group that may', () => {
    expect(accessOf(`${device | 0o666} 104`)).toEqual({ groups: [] });
    expect(accessOf(`${device | 0o660} 104\n`)).toEqual({ groups: ['104'] });
  });

  it('is not had where it is for its owner alone, or where nothing was said', () => {
    expect(accessOf(`${device | 0o600} 0`).reason).toContain('for its owner alone');
    expect(accessOf('').reason).toContain('cannot be looked at');
    expect(accessOf(' ').groups).toEqual([]);
  });
});
