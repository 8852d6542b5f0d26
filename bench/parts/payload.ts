/** Two ways of a file into a machine that was just restored: over its control channel, and on a disk first read then. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from '../../provision/context.ts';
import { startGuest } from '../../provision/guest/qemu/start.ts';
import type { Kernel } from '../../provision/kernel/kernel.ts';
import { type Spread, spread } from '../spread.ts';
import { size } from '../subject.ts';

const sizes = [20_000, 500_000, 20_000_000];
const diskBytes = 32 * 2 ** 20;
const path = '/run/payload';

export interface PayloadSpread {
  readonly bytes: number;
  readonly channel: Spread;
  readonly disk: Spread;
}

/** Milliseconds, in turns. The first file of each machine also pays for what the emulator does for the first time. */
export async function measurePayload(
  context: Context,
  kernel: Kernel,
  rounds: number,
): Promise<PayloadSpread[]> {
  const folder = await mkdtemp(join(tmpdir(), 'lab3-payload-'));
  const image = join(folder, 'disk');
  const taken = sizes.map((bytes) => ({ bytes, channel: [] as number[], disk: [] as number[] }));
  try {
    for (let round = 0; round < rounds; round += 1) {
      for (const way of ['channel', 'disk'] as const) {
        await writeFile(image, randomBytes(diskBytes));
        const drives = way === 'disk' ? [{ path: image, readOnly: true }] : [];
        const guest = await startGuest(context, { kernel, ...size, drives });
        try {
          for (const one of taken) {
            const content = randomBytes(one.bytes);
            const read = `dd if=/dev/vda bs=65536 count=${one.bytes} iflag=count_bytes status=none >${path}`;
            const started = performance.now();
            if (way === 'channel') await guest.send(path, content);
            else await guest.run(read, { deadlineMs: 60_000 });
            one[way].push(performance.now() - started);
          }
        } finally {
          await guest.kill();
        }
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return taken.map(({ bytes, channel, disk }) => ({ bytes, channel: spread(channel), disk: spread(disk) }));
}
