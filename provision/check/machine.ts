/** The machine that runs of one lock share: started when it is wanted, and again after it was spoilt. */
import type { RunEvidence } from '../../lab/check/evidence.ts';
import { kernelName } from '../../lab/check/stacks.ts';
import type { BuiltModule } from '../builder/builder.ts';
import type { Context } from '../context.ts';
import type { Guest } from '../guest/guest.ts';
import { stripDebug } from '../strip.ts';
import { ModuleAddresses } from './addresses.ts';

/** A kernel that looks for faults. */
export interface CheckKernel {
  /** Built for it. */
  readonly module: BuiltModule;
  /** Starts a fresh machine with it. */
  readonly startGuest: (vcpus: number) => Promise<Guest>;
}

export class Machine {
  current: Guest | undefined;
  /** The loads that this machine has seen. */
  loads: { firstPid: number; evidence: RunEvidence }[] = [];
  addresses: ModuleAddresses;
  /** The module, until a run has brought it. */
  unsent: Uint8Array | undefined;
  private readonly context: Context;
  private readonly on: CheckKernel;
  private readonly all: Set<Guest>;

  /** @param all where a machine that runs is noted, for whoever has to end them all */
  constructor(context: Context, on: CheckKernel, all: Set<Guest>) {
    this.context = context;
    this.on = on;
    this.all = all;
    this.addresses = this.noAddresses();
  }

  async get(vcpus: number): Promise<Guest> {
    if (this.current !== undefined) return this.current;
    this.context.signal.throwIfAborted();
    const { module, startGuest } = this.on;
    const guest = await startGuest(vcpus);
    this.all.add(guest);
    this.current = guest;
    this.loads = [];
    this.addresses = this.noAddresses();
    this.unsent = stripDebug(module.ko);
    return guest;
  }

  async end(): Promise<void> {
    const guest = this.current;
    this.current = undefined;
    if (guest === undefined) return;
    this.all.delete(guest);
    await guest.kill();
  }

  private noAddresses(): ModuleAddresses {
    const { module } = this.on;
    return new ModuleAddresses(module.ko, kernelName(module.name));
  }
}
