/** The one machine of Vagrant that lab3 keeps: made once, started when it is wanted, used again and again. */
import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { LabError, labError } from '../../../lab/errors.ts';
import type { Step } from '../../../lab/events.ts';
import { type Accelerator, accelerators } from '../../../lab/names.ts';
import { cachePath, writeAtomic } from '../../cache.ts';
import type { Context } from '../../context.ts';
import { removeFolder } from '../../work-folder.ts';
import { type Hypervisor, hypervisorOf } from './hypervisor.ts';
import { configFile } from './ssh.ts';
import { askVagrant, findVagrant, type Place, type Said } from './vagrant.ts';

/** An emulated Debian takes one minute or two, a box that must be fetched first many more. */
const upDeadlineMs = 30 * 60_000;
const haltDeadlineMs = 5 * 60_000;
const askDeadlineMs = 2 * 60_000;
/** A whole Debian does not start with less. */
const leastMemoryMiB = 512;

export interface Wanted {
  /** Name in Vagrant's catalogue, or absolute path of a file; the Vagrantfile's own where nothing is said. */
  readonly box?: string | undefined;
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly accelerator: Accelerator;
}

const stateSchema = z.object({
  box: z.string(),
  vcpus: z.number(),
  memoryMiB: z.number(),
  accelerator: z.enum(accelerators),
  provider: z.string(),
  /** Of Vagrant. */
  version: z.string(),
});
/** What the machine was last started with. */
export type MachineState = z.infer<typeof stateSchema>;

export const machineFolder = (context: Pick<Context, 'cacheDir'>) => cachePath(context, 'vagrant');

export async function readState(context: Pick<Context, 'cacheDir'>): Promise<MachineState | undefined> {
  try {
    return stateSchema.parse(JSON.parse(await readFile(join(machineFolder(context), 'state.json'), 'utf8')));
  } catch {
    return undefined;
  }
}

/** What of it the machine is started with. */
export function wishes(wanted: Wanted): Omit<MachineState, 'provider' | 'version'> {
  const { box = '', vcpus, memoryMiB, accelerator } = wanted;
  return { box, vcpus, memoryMiB: Math.max(memoryMiB, leastMemoryMiB), accelerator };
}

/** Whether the machine, as it was last started, is the one that is wanted. */
export function suits(state: MachineState | undefined, wanted: Wanted): state is MachineState {
  return (
    state !== undefined &&
    Object.entries(wishes(wanted)).every(([key, value]) => state[key as 'box'] === value)
  );
}

/** Starts the machine, made anew where another box is wanted. Throws what Vagrant's failures are called. */
export async function bringUp(context: Context, wanted: Wanted, shown: Step): Promise<MachineState> {
  const { program, version } = await findVagrant(context);
  const place = await preparePlace(context, wanted);
  const before = await readState(context);
  const wish = wishes(wanted);
  const ask = (args: readonly string[], deadlineMs: number) =>
    askVagrant(context, program, place, args, deadlineMs, (said) => tell(said, shown));
  if (before !== undefined && before.box !== wish.box) {
    shown.note('another box is wanted: the machine is made anew');
    await ask(['destroy', '--force'], haltDeadlineMs);
    await forget(context);
  } else if (before === undefined && (await hasMachine(context))) {
    // Its making was cut short, or it was not what it was said to be: nobody knows of which box it is.
    shown.note('what is known of the machine is not enough: it is made anew');
    await ask(['destroy', '--force'], haltDeadlineMs);
  } else if (before !== undefined) {
    // It runs with other sizes, or does not answer: either way it has to start.
    await ask(['halt', '--force'], haltDeadlineMs);
  }
  const said = await ask(['up', '--no-provision'], upDeadlineMs);
  const provider =
    said.find(({ type, data }) => type === 'metadata' && data[0] === 'provider')?.data[1] ?? 'unknown';
  const config = (await ask(['ssh-config'], askDeadlineMs)).find(({ type }) => type === 'ssh-config');
  if (config?.data[0] === undefined)
    throw labError('VagrantFailed', { what: 'vagrant ssh-config', reason: 'it said nothing' });
  await writeFile(configFile(place.folder), config.data[0], { mode: 0o600 });
  const state = { ...wish, provider, version };
  await writeAtomic(join(place.folder, 'state.json'), `${JSON.stringify(state)}\n`);
  return state;
}

/** Removes the machine, and what Vagrant keeps of it. Does nothing where there is none. */
export async function destroyMachine(context: Context, shown?: Step): Promise<void> {
  const state = await readState(context);
  if (state === undefined && !(await hasMachine(context))) return;
  const { program } = await findVagrant(context);
  const place = await preparePlace(context, state ?? { vcpus: 1, memoryMiB: 0, accelerator: 'tcg' });
  await askVagrant(context, program, place, ['destroy', '--force'], haltDeadlineMs, (said) =>
    tell(said, shown),
  );
  await removeFolder(place.folder);
}

/** Whether Vagrant keeps something here. */
export function hasMachine(context: Pick<Context, 'cacheDir'>): Promise<boolean> {
  return access(join(machineFolder(context), '.vagrant')).then(
    () => true,
    () => false,
  );
}

export async function hypervisor(
  context: Context,
  { provider }: MachineState,
): Promise<Hypervisor | undefined> {
  const file = join(machineFolder(context), '.vagrant', 'machines', 'default', provider, 'id');
  const id = await readFile(file, 'utf8').catch(() => '');
  return hypervisorOf(context, provider, id.trim());
}

/** In the words of whoever runs it; Vagrant is asked where nobody else can be. */
export async function machineState(context: Context, state: MachineState): Promise<string> {
  try {
    const below = await hypervisor(context, state);
    if (below !== undefined) return await below.state();
    const { program } = await findVagrant(context);
    const place = { folder: machineFolder(context), env: {} };
    const said = await askVagrant(context, program, place, ['status'], askDeadlineMs);
    return said.find(({ type }) => type === 'state')?.data[0] ?? 'unknown';
  } catch (error) {
    if (error instanceof LabError && error.fault === 'interrupted') throw error;
    return 'not to be found';
  }
}

export const isRunning = (state: string) => state === 'running';

/** What the machine was last started with is not true any more. */
export async function forget(context: Context): Promise<void> {
  await rm(join(machineFolder(context), 'state.json'), { force: true });
}

async function preparePlace(context: Context, wanted: Wanted): Promise<Place> {
  const folder = machineFolder(context);
  await mkdir(folder, { recursive: true });
  await writeAtomic(join(folder, 'Vagrantfile'), await readVagrantfile());
  const { box, vcpus, memoryMiB, accelerator } = wishes(wanted);
  // Machines of one libvirt have one name space, whoever's they are.
  const own = createHash('sha256').update(folder).digest('hex').slice(0, 8);
  return {
    folder,
    env: {
      LAB3_VAGRANT_VCPUS: String(vcpus),
      LAB3_VAGRANT_MEMORY: String(memoryMiB),
      LAB3_VAGRANT_PREFIX: `lab3-${own}-`,
      LAB3_VAGRANT_DRIVER: accelerator === 'kvm' ? 'kvm' : 'qemu',
      ...(box === '' ? {} : { LAB3_VAGRANT_BOX: box }),
    },
  };
}

/** From the sources and from the bundle in dist/ it lies in different places. */
async function readVagrantfile(): Promise<string> {
  for (const place of ['../../../Vagrantfile', '../Vagrantfile']) {
    const text = await readFile(new URL(place, import.meta.url), 'utf8').catch(() => undefined);
    if (text !== undefined) return text;
  }
  throw new Error('the installation is damaged: Vagrantfile is not in it');
}

/** What Vagrant tells a person of the machine, e.g. `Booting VM...`. */
function tell({ type, data }: Said, shown: Step | undefined): void {
  const [kind, text = ''] = data;
  if (type === 'ui' && (kind === 'output' || kind === 'info') && text !== '')
    shown?.note(text.split('\n')[0] ?? '');
}
