import { describe, expect, it } from 'vitest';
import { dependenciesOf } from '../../../provision/guest/kernel-modules.ts';

describe('what a kernel module depends on', () => {
  it.each([
    ['license=GPL\0depends=virtio,virtio-ring\0name=x\0', ['virtio', 'virtio_ring']],
    ['license=GPL\0depends=\0name=x\0', []],
    ['license=GPL\0name=x\0', []],
    ['parm=note:my depends=nothing\0depends=virtio\0', ['virtio']],
  ])('is read from %j', (modinfo, names) => {
    expect(dependenciesOf(Buffer.from(`\x7fELF\0${modinfo}`, 'latin1'))).toEqual(names);
  });
});
