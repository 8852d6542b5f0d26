/** A process that owns a guest in a container and waits to be killed. Bundled and run by a test. */
import { startGuest } from '../../provision/guest/container/start.ts';
import { realContext, trixieKernel } from './real-context.ts';

const context = realContext();
const kernel = await trixieKernel(context);
const guest = await startGuest(context, { kernel, vcpus: 2, memoryMiB: 256 });
process.stdout.write('started\n');
await guest.run(process.argv[2] ?? 'sleep 1000', { deadlineMs: 1_000_000 });
