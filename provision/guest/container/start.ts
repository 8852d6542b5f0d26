import { step } from '../../../lab/events.ts';
import type { Accelerator, Architecture } from '../../../lab/names.ts';
import { removeLeftovers } from '../../builder/docker/labels.ts';
import type { Context } from '../../context.ts';
import type { Guest, GuestSpec } from '../guest.ts';
import { type StartOptions, startMachine } from '../qemu/boot.ts';
import type { Hypervisor } from '../qemu/hypervisor.ts';
import { type MachineEngine, provideEngine } from './engine.ts';
import { kvmAccess } from './kvm.ts';
import { startInContainer } from './process.ts';
import { volumeStates } from './states.ts';

/** Boots a guest in QEMU in a container of a Docker engine; see `startMachine`. */
export async function startGuest(
  context: Context,
  spec: GuestSpec,
  options: StartOptions = {},
): Promise<Guest> {
  return step(context.emit, 'Starting the virtual machine', async (shown) => {
    const inner = { ...context, emit: shown.emit };
    const engine = await provideEngine(inner, spec.kernel.arch, options.mirror);
    const removed = await removeLeftovers(engine.client, context.platform);
    if (removed > 0) shown.note(`removed ${removed} container(s) left over by a lab3 that is gone`);
    const hypervisor = containerHypervisor(inner, engine, spec.kernel.arch);
    return startMachine(inner, hypervisor, spec, options, shown);
  });
}

function containerHypervisor(context: Context, engine: MachineEngine, arch: Architecture): Hypervisor {
  const order: Accelerator[] = arch === engine.arch ? ['kvm', 'tcg'] : ['tcg'];
  return {
    provider: 'container',
    name: `QEMU emulator version ${engine.version}, in a container of Docker ${engine.client.engine.version}`,
    accelerators: { order, identity: ['container', engine.identity, engine.image, arch] },
    obstacle: async (accelerator) =>
      accelerator === 'kvm' ? (await kvmAccess(context, engine)).reason : undefined,
    start: (inner, machine, place) => startInContainer(inner, engine, machine, place),
    states: volumeStates(context, engine),
  };
}
