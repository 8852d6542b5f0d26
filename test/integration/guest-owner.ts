/** A process that owns a guest and says its QEMU's pid, then waits to be killed. Bundled and run by a test. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { startGuest } from '../../provision/guest/qemu/start.ts';
import { realContext, trixieKernel } from './real-context.ts';

const context = realContext();
const running = () => readdirSync(join(context.cacheDir, 'running')).map((name) => Number.parseInt(name, 10));
const kernel = await trixieKernel(context);
const before = new Set(running());
const guest = await startGuest(context, { kernel, vcpus: 2, memoryMiB: 256 });
process.stdout.write(`${running().find((pid) => !before.has(pid))}\n`);
// A script with a long deadline: the guest must notice the end of its owner while it runs.
await guest.run('sleep 1000', { deadlineMs: 1_000_000 });
