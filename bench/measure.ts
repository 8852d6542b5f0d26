/** The parts of the bench in their order: what belongs together is measured in turns. */
import { cpus } from 'node:os';
import { buildModule } from '../provision/builder/build.ts';
import { readModuleSource } from '../provision/builder/source.ts';
import { probeAccelerators } from '../provision/guest/qemu/start.ts';
import { findQemu } from '../provision/host/qemu.ts';
import { provideKernel } from '../provision/kernel/provide.ts';
import { prepareBareQemu } from './baselines/bare-qemu.ts';
import { measureVagrant } from './baselines/vagrant.ts';
import { prepareVirtme } from './baselines/virtme.ts';
import type { BenchDocument } from './document.ts';
import type { Flags } from './flags.ts';
import { measureBuild } from './parts/build.ts';
import { measureCheck } from './parts/check.ts';
import { prepareEdits } from './parts/edit.ts';
import { measureGrade } from './parts/grade.ts';
import { measureHelp } from './parts/help.ts';
import { prepareMachine } from './parts/machine.ts';
import { measurePayload } from './parts/payload.ts';
import { measureSetup } from './parts/setup.ts';
import { measureSweep } from './parts/sweep.ts';
import type { Sample } from './program.ts';
import { inTurns, ratio } from './spread.ts';
import { type Subject, size } from './subject.ts';
import type { Workplace } from './workplace.ts';

/** As many as the parts take that run the module many times. */
const mostLongRounds = 3;

export async function measure(work: Workplace, flags: Flags): Promise<BenchDocument> {
  const { context } = work;
  const { rounds } = flags;
  const longRounds = Math.min(rounds, mostLongRounds);

  work.say(`setup with ${flags.cache === undefined ? 'an empty cache' : flags.cache} …`);
  const setup = await measureSetup(work);
  const kernel = await provideKernel(context, { suite: 'trixie', arch: context.hostArch });
  const source = await readModuleSource(work.module);
  const built = await buildModule(context, 'auto', source, kernel);
  const qemu = await findQemu(context, kernel.arch);
  const { accelerator } = await probeAccelerators(context, { kernel, ...size });
  const subject: Subject = { qemu, kernel, accelerator, ko: built.ko };

  work.say(`cold boot and restore, ${rounds} times in turns …`);
  const machine = await prepareMachine(context, subject);
  const start = await inTurns(rounds, { boot: machine.boot, restore: machine.restore });

  work.say(`files into a machine, ${rounds} times in turns …`);
  const payload = await measurePayload(context, kernel, rounds);

  work.say(`builds, ${rounds} times in turns …`);
  const build = await measureBuild(work, kernel, rounds);

  const bare = await prepareBareQemu(work, subject);
  const virtme = await prepareVirtme(work, subject);
  const edits = await prepareEdits(work);
  const others = ['bare QEMU', ...('notMeasured' in virtme ? [] : ['virtme-ng'])].join(' and ');
  work.say(`lab3 run, the same after an edit, and ${others}, ${rounds} times in turns …`);
  let last: Sample | undefined;
  const run = await inTurns(rounds, {
    lab3: async () => {
      last = await work.lab3(['run'], 120_000);
      return last.ms;
    },
    edit: edits.once,
    qemu: bare,
    virtme: 'notMeasured' in virtme ? undefined : virtme.run,
  });

  work.say(`a sweep, ${longRounds} times …`);
  const sweep = await measureSweep(work, longRounds);
  const check = await measureCheck(work, kernel, longRounds, flags.check);
  const grade = await measureGrade(work, kernel, flags.grade, bare);
  work.say('--help and bare Node …');
  const help = await measureHelp(work);
  const vagrant = await measureVagrant(work, flags.vagrant, flags.vagrantRounds, subject);

  return {
    schema: 'lab3.bench/1',
    computer: { cpus: cpus().length, model: cpus()[0]?.model ?? 'unknown', node: process.version },
    kernel: kernel.release,
    qemu: qemu.version,
    accelerator,
    ...(flags.cache === undefined ? { setupWithEmptyCache: setup } : {}),
    start: { ...start, ratio: ratio(start.boot, start.restore) },
    payload,
    build,
    edit: { total: run.edit, ...edits.parts() },
    run: { lab3: run.lab3, qemu: run.qemu, ratio: ratio(run.lab3, run.qemu), peakMiB: last?.peakMiB },
    virtme:
      'notMeasured' in virtme
        ? virtme
        : { version: virtme.version, run: run.virtme, ratio: ratio(run.virtme, run.lab3) },
    vagrant: 'notMeasured' in vagrant ? vagrant : { ...vagrant, ratio: ratio(vagrant.both, run.lab3) },
    sweep,
    check,
    grade,
    help,
  };
}
