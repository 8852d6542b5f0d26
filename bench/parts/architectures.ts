/**
 * Guests of both architectures in the emulator: what a computer without acceleration would gain by the other one (ADR 014).
 * Boot and restore are the emulator's everywhere; `lab3 run` takes what works here.
 */

import { type Architecture, architectures } from '../../lab/names.ts';
import { buildModule } from '../../provision/builder/build.ts';
import { readModuleSource } from '../../provision/builder/source.ts';
import { findQemu } from '../../provision/host/qemu.ts';
import { provideKernel } from '../../provision/kernel/provide.ts';
import { inTurns, type Spread } from '../spread.ts';
import type { Workplace } from '../workplace.ts';
import { prepareMachine } from './machine.ts';

export interface ArchitectureTimes {
  readonly boot: Spread;
  readonly restore: Spread;
  /** `lab3 run`, the default one: both locks and the report, with machine and module known from before. */
  readonly run: Spread;
}

export type Architectures = Record<Architecture, ArchitectureTimes>;

export async function measureArchitectures(work: Workplace, rounds: number): Promise<Architectures> {
  const { context } = work;
  const source = await readModuleSource(work.module);
  const machines = await Promise.all(
    architectures.map(async (arch) => {
      const kernel = await provideKernel(context, { suite: 'trixie', arch });
      return { arch, kernel, qemu: await findQemu(context, arch) };
    }),
  );
  const prepared = [];
  for (const { arch, kernel, qemu } of machines) {
    work.say(`a machine and a module for ${arch} …`);
    await buildModule(context, 'auto', source, kernel);
    const machine = await prepareMachine(context, { qemu, kernel, accelerator: 'tcg' });
    await work.lab3(['run', '--arch', arch], 240_000);
    prepared.push({ arch, machine });
  }
  work.say(`cold boot, restore and lab3 run of both, ${rounds} times in turns …`);
  const turns: Record<string, () => Promise<number>> = {};
  for (const { arch, machine } of prepared) {
    turns[`${arch} boot`] = machine.boot;
    turns[`${arch} restore`] = machine.restore;
    turns[`${arch} run`] = async () => (await work.lab3(['run', '--arch', arch], 240_000)).ms;
  }
  const measured = await inTurns(rounds, turns);
  const of = (arch: Architecture, what: string): Spread => {
    const spread = measured[`${arch} ${what}`];
    if (spread === undefined) throw new Error(`${arch} ${what} was not measured`);
    return spread;
  };
  const times = (arch: Architecture): ArchitectureTimes => ({
    boot: of(arch, 'boot'),
    restore: of(arch, 'restore'),
    run: of(arch, 'run'),
  });
  return { amd64: times('amd64'), arm64: times('arm64') };
}

export function architecturesTable(measured: Architectures): string {
  const shown = ({ median, min, max }: Spread) =>
    [median, min, max].map((ms) => (ms / 1000).toFixed(2)).join(' | ');
  const rows = (['boot', 'restore', 'run'] as const).flatMap((what) =>
    architectures.map((arch) => `| ${what} | ${arch} | ${shown(measured[arch][what])} |`),
  );
  return [
    '| what | guest | median s | least | most |',
    '| --- | --- | ---: | ---: | ---: |',
    ...rows,
    '',
  ].join('\n');
}
