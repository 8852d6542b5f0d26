/**
 * `npm run bench [-- --json] [--rounds N] [--vagrant BOX]`: what the README claims, measured here and now. BOX is made
 * by bench/vagrant/box.sh; that part takes five minutes a round and is left out without it.
 */
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildModule } from '../provision/builder/build.ts';
import { readModuleSource } from '../provision/builder/source.ts';
import type { Context } from '../provision/context.ts';
import { findQemu } from '../provision/host/qemu.ts';
import { provideKernel } from '../provision/kernel/provide.ts';
import { type BareQemu, prepareBareQemu } from './bare-qemu.ts';
import { type EditSample, prepareEdits } from './edit.ts';
import { prepareMachine } from './machine.ts';
import { inTurns, type Sample, type Spread, spread, time } from './measure.ts';
import { measurePayload, type PayloadSpread } from './payload.ts';
import { measureVagrant, type VagrantTimes } from './vagrant.ts';

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    vagrant: { type: 'string' },
    'vagrant-rounds': { type: 'string', default: '2' },
  },
});
const rounds = Number(flags.rounds);
const top = fileURLToPath(new URL('..', import.meta.url));
const lab3 = [process.execPath, join(top, 'dist', 'main.js')];
const say = (text: string) => process.stderr.write(`${text}\n`);

const folder = await mkdtemp(join(tmpdir(), 'lab3-bench-'));
const cacheDir = join(folder, 'cache');
const work = join(folder, 'work');
await mkdir(work);
const env = { LAB3_CACHE: cacheDir, CI: 'true' };

let bare: BareQemu | undefined;
try {
  say('setup with an empty cache …');
  const setup = await time([...lab3, 'setup', '--yes'], { env, cwd: work, deadlineMs: 900_000 });
  const downloaded = await sizeOf(join(cacheDir, 'blobs'));

  const context: Context = {
    platform: process.platform,
    hostArch: process.arch === 'arm64' ? 'arm64' : 'amd64',
    env: process.env,
    cacheDir,
    emit: () => undefined,
    signal: new AbortController().signal,
  };
  const kernel = await provideKernel(context, { suite: 'trixie', arch: context.hostArch });
  const source = await readModuleSource(join(top, 'module'));
  const built = await buildModule(context, 'auto', source, kernel);
  const qemu = await findQemu(context, kernel.arch);

  say(`cold boot and restore, ${rounds} times in turns …`);
  const machine = await prepareMachine(context, qemu, kernel);
  const start = await inTurns(rounds, { boot: machine.boot, restore: machine.restore });

  say(`files into a machine, ${rounds} times in turns …`);
  const payload = await measurePayload(context, kernel, rounds);

  const prepared = await prepareBareQemu(context, qemu, kernel, built.ko);
  bare = prepared;

  const edit = await prepareEdits(lab3, join(top, 'module'), work, env);
  const edits: EditSample[] = [];
  say(`lab3 run, the same after an edit, and bare QEMU, ${rounds} times in turns …`);
  let peak: Sample | undefined;
  const run = await inTurns(rounds, {
    lab3: async () => {
      const sample = await time([...lab3, 'run'], { env, cwd: work, deadlineMs: 120_000 });
      peak = sample;
      return sample.ms;
    },
    edit: async () => {
      const sample = await edit();
      edits.push(sample);
      return sample.totalMs;
    },
    qemu: () => prepared.run(),
  });

  say('--help and bare Node …');
  const empty = join(work, 'empty.mjs');
  await writeFile(empty, '');
  const help = await inTurns(20, {
    help: async () => (await time([...lab3, '--help'], { env, cwd: work, deadlineMs: 20_000 })).ms,
    node: async () => (await time([process.execPath, empty], { env, cwd: work, deadlineMs: 20_000 })).ms,
  });

  let vagrant: VagrantTimes | undefined;
  if (flags.vagrant !== undefined) {
    say('Vagrant with libvirt …');
    const koFor = async (release: string) => {
      if (release !== kernel.release)
        throw new Error(`the box has ${release}, not ${kernel.release}: make it anew`);
      return built.ko;
    };
    const source = join(top, 'bench', 'vagrant');
    vagrant = await measureVagrant(source, flags.vagrant, Number(flags['vagrant-rounds']), koFor);
  }

  const document = {
    schema: 'lab3.bench/1',
    computer: { cpus: cpus().length, model: cpus()[0]?.model ?? 'unknown', node: process.version },
    kernel: kernel.release,
    builder: built.record.builder,
    setupWithEmptyCache: { ms: setup.ms, downloadedBytes: downloaded, peakMiB: setup.peakMiB },
    start: { ...start, ratio: start.boot.median / start.restore.median },
    payload,
    edit: {
      total: run.edit,
      build: spread(edits.map(({ buildMs }) => buildMs)),
      module: spread(edits.map(({ moduleMs }) => moduleMs)),
      rest: spread(edits.map(({ restMs }) => restMs)),
    },
    run: { ...run, ratio: run.lab3.median / run.qemu.median, peakMiB: peak?.peakMiB },
    help: { ...help, overNodeMs: help.help.median - help.node.median },
    ...(vagrant === undefined
      ? {}
      : { vagrant: { ...vagrant, ratio: vagrant.both.median / run.lab3.median } }),
  };
  if (flags.json) process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  else process.stdout.write(table(document));
} finally {
  await bare?.close();
  await rm(folder, { recursive: true, force: true });
}

function table(document: {
  setupWithEmptyCache: { ms: number; downloadedBytes: number; peakMiB: number | undefined };
  start: { boot: Spread; restore: Spread; ratio: number };
  payload: readonly PayloadSpread[];
  edit: { total: Spread; build: Spread; module: Spread; rest: Spread };
  run: { lab3: Spread; qemu: Spread; ratio: number; peakMiB: number | undefined };
  help: { help: Spread; node: Spread; overNodeMs: number };
  vagrant?: VagrantTimes & { ratio: number };
}): string {
  const seconds = (value: Spread) =>
    `${(value.median / 1000).toFixed(2)} s (${(value.min / 1000).toFixed(2)}–${(value.max / 1000).toFixed(2)}, n=${value.count})`;
  const { setupWithEmptyCache: setup, start, payload, edit, run, help } = document;
  const rows = [
    ['what', 'measured', 'baseline in the same run', 'ratio'],
    ['---', '---', '---', '---'],
    [
      'a machine from its saved state, to the first answer',
      seconds(start.restore),
      `the same machine booted: ${seconds(start.boot)}`,
      `${start.ratio.toFixed(1)} times faster`,
    ],
    ...payload.map(({ bytes, channel, disk }) => [
      `a file of ${bytes / 1000} kB into a machine, over its channel`,
      seconds(channel),
      `on a disk: ${seconds(disk)}`,
      (channel.median / disk.median).toFixed(2),
    ]),
    [
      '`lab3 run` after an edit: build, machine, both runs, report',
      seconds(edit.total),
      `of it the build: ${seconds(edit.build)}, the module's threads: ${seconds(edit.module)}`,
      `+${(edit.rest.median / 1000).toFixed(2)} s`,
    ],
    [
      '`lab3 run` (machine, both runs, report)',
      seconds(run.lab3),
      `bare QEMU, same kernel and .ko: ${seconds(run.qemu)}`,
      run.ratio.toFixed(2),
    ],
    [
      '`lab3 --help`',
      seconds(help.help),
      `bare Node: ${seconds(help.node)}`,
      `+${help.overNodeMs.toFixed(0)} ms`,
    ],
    ['`lab3 setup`, empty cache', `${(setup.ms / 1000).toFixed(0)} s`, '', ''],
    ['downloaded by it', `${(setup.downloadedBytes / 2 ** 20).toFixed(0)} MiB`, '', ''],
    ['peak memory of the tool, setup', `${setup.peakMiB?.toFixed(0) ?? '?'} MiB`, '', ''],
    ['peak memory of the tool, run', `${run.peakMiB?.toFixed(0) ?? '?'} MiB`, '', ''],
  ];
  const { vagrant } = document;
  if (vagrant !== undefined) {
    rows.push(
      ['`vagrant up`, libvirt, local box', seconds(vagrant.up), '', ''],
      ['the same and both runs over ssh', seconds(vagrant.both), '`lab3 run`', vagrant.ratio.toFixed(0)],
    );
  }
  return `${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`;
}

async function sizeOf(path: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}
