/** Where saved machines are kept: what starting from one needs to know of it. */
import type { MachineSpec } from '../machine.ts';
import type { StreamPlace } from './stream.ts';

export interface SavedState {
  /** Another save has another. */
  readonly id: string;
  readonly place: StreamPlace;
  /** The file that its memory is in, where that is no part of the stream. */
  readonly memory?: string | undefined;
  /** What the machine's console had said until then. */
  readonly console: string;
}

/** A state that is about to be saved, under a temporary name. */
export interface StateDraft {
  /** Undefined where this QEMU cannot write such a machine to a file. */
  readonly place: StreamPlace | undefined;
  /** Where memory, and a stream without it, may go instead, when the whole has been saved. */
  readonly apart?: { readonly memory: string; readonly place: StreamPlace } | undefined;
  /** Gives the finished state its name. `as`: which of them it is. */
  publish(console: string, as: 'whole' | 'apart'): Promise<unknown>;
  /** Removes what there is of it; without effect once published. Never throws. */
  discard(): Promise<void>;
}

export interface SavedStates {
  /** Name of the state that a machine like this one would be saved under. */
  key(machine: MachineSpec): Promise<string>;
  /** The state saved under this key; `damaged` says why one that is there cannot be taken. */
  find(key: string): Promise<SavedState | { readonly damaged: string } | undefined>;
  begin(key: string, machine: MachineSpec): Promise<StateDraft>;
  /** A machine that is reading it meanwhile is not disturbed. */
  remove(key: string): Promise<void>;
  /** Removes what has not been used for long, what is too much, and what was left half done. */
  prune(): Promise<void>;
}
