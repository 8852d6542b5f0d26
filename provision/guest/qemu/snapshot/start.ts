/** Starts a machine from the state that one like it was saved in, or boots it and saves it for the next start. */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { LabError, labError } from '../../../../lab/errors.ts';
import type { GuestInfo } from '../../../../lab/result.ts';
import { throwIfInterrupted } from '../../../cache.ts';
import type { Context } from '../../../context.ts';
import { QemuGuest } from '../guest.ts';
import type { Hypervisor } from '../hypervisor.ts';
import type { MachineSpec } from '../machine.ts';
import { Qmp } from '../qmp.ts';
import { forgetRefusals, isHopeless, mayBeForMemory, noteRefusal } from './refusals.ts';
import type { SavedState, StateDraft } from './states.ts';
import { incomingLater, type StreamPlace, saveWithoutMemory } from './stream.ts';

const lastWordsMs = 500;
/** A restored machine answers within half a second; on a computer that does much else it may take longer. */
const restoreDeadlineMs = 15_000;

/** What starting one machine takes; `note` is told why it did not go as it should. */
export interface SavedStart {
  readonly hypervisor: Hypervisor;
  readonly machine: MachineSpec;
  readonly info: Omit<GuestInfo, 'kernel' | 'start'>;
  readonly deadlineMs: number;
  readonly note: (text: string) => void;
}

/**
 * Whatever is wrong with the saved state, the machine boots instead and `note` is told why; only a boot that fails
 * throws `GuestDidNotStart`.
 */
export async function startSaved(context: Context, start: SavedStart): Promise<QemuGuest> {
  const { hypervisor, machine, note } = start;
  const { states } = hypervisor;
  const key = await states.key(machine).catch(() => undefined);
  // A file of the machine cannot be read: QEMU says which.
  if (key === undefined) return boot(context, start);
  // It was said when it was found out.
  if (await isHopeless(context, key)) return boot(context, start);
  const found = await states.find(key);
  if (found && 'place' in found) {
    const guest = await restore(context, start, key, found).catch((error: unknown) => error);
    if (guest instanceof QemuGuest) {
      await forgetRefusals(context, key);
      return guest;
    }
    throwIfInterrupted(context.signal);
    if (!(guest instanceof LabError)) throw guest;
    note(`the saved machine cannot be taken up, booting instead: ${guest.params.reason ?? guest.message}`);
    await noteRefusal(context, key, found.id);
  } else if (found) {
    note(`the saved machine is damaged (${found.damaged}): booting instead`);
  }
  if (found) await states.remove(key);
  if (await isHopeless(context, key)) {
    note('such a machine was not taken up three times: it is booted each time, and saved again in a week');
    return boot(context, start);
  }
  return bootAndSave(context, start, key);
}

async function restore(
  context: Context,
  { hypervisor, machine, info }: SavedStart,
  key: string,
  { id, place, memory, console }: SavedState,
): Promise<QemuGuest> {
  const isApart = memory !== undefined;
  const from = isApart
    ? { memory: { path: memory, use: 'from' } as const, incoming: incomingLater }
    : { incoming: place.incoming };
  const process = await hypervisor.start(context, { ...machine, ...from }, place);
  const guest = await QemuGuest.boot(context, process, { ...info, start: 'restored' }, restoreDeadlineMs, {
    console,
    untold: isApart ? place : undefined,
  });
  if (!isApart) return guest;
  // Two files are opened one after the other: somebody may have put another state in this one's place between them.
  const now = await hypervisor.states.find(key);
  if (now === undefined || !('place' in now) || now.id === id) return guest;
  await guest.kill();
  const reason = 'another state took its place meanwhile';
  throw labError('GuestDidNotStart', { accelerator: machine.accelerator, reason });
}

async function boot(
  context: Context,
  { hypervisor, machine, info, deadlineMs }: SavedStart,
  place?: StreamPlace,
): Promise<QemuGuest> {
  const process = await hypervisor.start(context, machine, place);
  return QemuGuest.boot(context, process, { ...info, start: 'cold' }, deadlineMs);
}

async function bootAndSave(context: Context, start: SavedStart, key: string): Promise<QemuGuest> {
  const { hypervisor, machine, note } = start;
  const unsaved = (error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    note(`this machine could not be saved, so the next start boots again: ${reason}`);
  };
  const begun = await hypervisor.states.begin(key, machine).catch((error) => void unsaved(error));
  const draft = begun && ((await mayBeForMemory(context, key)) ? { ...begun, apart: undefined } : begun);
  try {
    if (!draft?.place) {
      if (draft) unsaved(new Error(`${hypervisor.name} cannot write such a machine to a file here`));
      return await boot(context, start);
    }
    const guest = await boot(context, start, draft.place);
    const failure = await save(context, start, guest, draft, draft.place).catch((error: unknown) => ({
      error,
    }));
    throwIfInterrupted(context.signal);
    if (failure) {
      unsaved(failure.error);
      await demandAlive(guest);
    }
    return guest;
  } finally {
    await draft?.discard();
  }
}

async function save(
  context: Context,
  start: SavedStart,
  guest: QemuGuest,
  draft: StateDraft,
  place: StreamPlace,
): Promise<void> {
  await guest.save(place);
  const console = guest.console().text;
  const isApart = draft.apart !== undefined && (await setApart(context, start, place, draft.apart));
  await draft.publish(console, isApart ? 'apart' : 'whole');
  await start.hypervisor.states.prune();
}

/**
 * Makes of a whole state one whose memory is a file, by a machine that takes it up and never runs. Whoever starts from that maps
 * the file and reads only what it touches: reading all of it is most of what starting costs. False where this QEMU cannot do it:
 * the whole state is as good, only slower.
 */
async function setApart(
  context: Context,
  { hypervisor, machine, note }: SavedStart,
  whole: StreamPlace,
  { memory, place }: NonNullable<StateDraft['apart']>,
): Promise<boolean> {
  // Two machines cannot have one disk to write on.
  if (machine.drives.some(({ readOnly }) => !readOnly)) return false;
  const filled: MachineSpec = {
    ...machine,
    token: randomBytes(8).toString('hex'),
    memory: { path: memory, use: 'fills' },
    incoming: whole.incoming,
  };
  try {
    // QEMU would make it for everybody to read.
    await writeFile(memory, '', { mode: 0o600 });
    const process = await hypervisor.start(context, filled, whole);
    try {
      await saveWithoutMemory(new Qmp(process.channels.qmp), place, context.signal, restoreDeadlineMs);
    } catch (error) {
      // What QEMU said as it ended says more than that it no longer answered.
      const how = await Promise.race([process.ended, sleep(lastWordsMs)]);
      throw how === undefined ? error : new Error(`QEMU ended, ${how}`);
    } finally {
      await process.kill();
    }
    return true;
  } catch (error) {
    throwIfInterrupted(context.signal);
    const reason = error instanceof Error ? error.message : String(error);
    note(
      `the memory of this machine could not be made a file of its own, so starts from it are slower: ${reason}`,
    );
    return false;
  }
}

/** A machine that was stopped for its save and does not go on is no machine: throws `GuestDidNotStart`. */
async function demandAlive(guest: QemuGuest): Promise<void> {
  await guest.run('true', { deadlineMs: restoreDeadlineMs }).catch(async (error: unknown) => {
    await guest.kill();
    if (error instanceof LabError && error.fault === 'interrupted') throw error;
    const reason = 'it did not go on after it was to be saved';
    throw labError('GuestDidNotStart', { accelerator: guest.info.accelerator, reason }, { cause: error });
  });
}
