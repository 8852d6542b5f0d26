/** Starts a machine from the state that one like it was saved in, or boots it and saves it for the next start. */
import { LabError, labError } from '../../../../lab/errors.ts';
import type { GuestInfo } from '../../../../lab/result.ts';
import { throwIfInterrupted } from '../../../cache.ts';
import type { Context } from '../../../context.ts';
import type { Qemu } from '../../../host/qemu.ts';
import { QemuGuest } from '../guest.ts';
import type { MachineSpec } from '../machine.ts';
import { qemuPath } from '../paths.ts';
import { startQemu } from '../process.ts';
import { snapshotKey } from './key.ts';
import {
  beginSnapshot,
  type Draft,
  findSnapshot,
  pruneSnapshots,
  removeSnapshot,
  type Snapshot,
} from './store.ts';
import { type StreamPlace, streamPlace } from './stream.ts';

/** A restored machine answers within half a second; on a computer that does much else it may take longer. */
const restoreDeadlineMs = 15_000;

type Info = Omit<GuestInfo, 'kernel' | 'start'>;

/**
 * Whatever is wrong with the saved state, the machine boots instead and `note` is told why; only a boot that fails
 * throws `GuestDidNotStart`.
 */
export async function startSaved(
  context: Context,
  qemu: Qemu,
  machine: MachineSpec,
  info: Info,
  deadlineMs: number,
  note: (text: string) => void,
): Promise<QemuGuest> {
  const key = await snapshotKey(context, qemu, machine).catch(() => undefined);
  // A file of the machine cannot be read: QEMU says which.
  if (key === undefined) return boot(context, qemu, machine, info, deadlineMs);
  const found = await findSnapshot(context, key);
  if (found && 'state' in found) {
    const guest = await restore(context, qemu, machine, info, found).catch((error: unknown) => error);
    if (guest instanceof QemuGuest) return guest;
    throwIfInterrupted(context.signal);
    if (!(guest instanceof LabError)) throw guest;
    note(`the saved machine cannot be taken up, booting instead: ${guest.params.reason ?? guest.message}`);
  } else if (found) {
    note(`the saved machine is damaged (${found.damaged}): booting instead`);
  }
  if (found) await removeSnapshot(context, key);
  return bootAndSave(context, qemu, machine, info, deadlineMs, key, note);
}

async function restore(
  context: Context,
  qemu: Qemu,
  machine: MachineSpec,
  info: Info,
  snapshot: Snapshot,
): Promise<QemuGuest> {
  const place = streamPlace(context.platform, machine.arch, qemu, qemuPath(context, snapshot.state));
  if (place === undefined) throw new Error('a state that this QEMU cannot have saved');
  const process = await startQemu(context, within(qemu, place), { ...machine, incoming: place.incoming });
  return QemuGuest.boot(context, process, { ...info, start: 'restored' }, restoreDeadlineMs, snapshot);
}

async function boot(
  context: Context,
  qemu: Qemu,
  machine: MachineSpec,
  info: Info,
  deadlineMs: number,
): Promise<QemuGuest> {
  const process = await startQemu(context, qemu, machine);
  return QemuGuest.boot(context, process, { ...info, start: 'cold' }, deadlineMs);
}

async function bootAndSave(
  context: Context,
  qemu: Qemu,
  machine: MachineSpec,
  info: Info,
  deadlineMs: number,
  key: string,
  note: (text: string) => void,
): Promise<QemuGuest> {
  const unsaved = (error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    note(`this machine could not be saved, so the next start boots again: ${reason}`);
  };
  const draft = await beginSnapshot(context, key).catch((error) => void unsaved(error));
  const place = draft && streamPlace(context.platform, machine.arch, qemu, qemuPath(context, draft.state));
  try {
    if (!draft || !place) {
      if (draft) unsaved(new Error(`QEMU ${qemu.version} cannot write such a machine to a file here`));
      return await boot(context, qemu, machine, info, deadlineMs);
    }
    const guest = await boot(context, within(qemu, place), machine, info, deadlineMs);
    const failure = await save(context, guest, draft, place).catch((error: unknown) => ({ error }));
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

async function save(context: Context, guest: QemuGuest, draft: Draft, place: StreamPlace): Promise<void> {
  await guest.save(place);
  await draft.publish(guest.console().text);
  await pruneSnapshots(context);
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

function within(qemu: Qemu, { env }: StreamPlace): Qemu {
  return { ...qemu, env: { ...qemu.env, ...env } };
}
