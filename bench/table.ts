/** The document as a table in Markdown: what, how long, against what in the same run, and the ratio of both. */
import type { BenchDocument, Measured } from './document.ts';
import type { Spread } from './spread.ts';

type Row = readonly [what: string, measured: string, baseline?: string, ratio?: string];

export function table(document: BenchDocument): string {
  const rows: Row[] = [
    ['what', 'measured', 'baseline in the same run', 'ratio'],
    ['---', '---', '---', '---'],
    ...machineRows(document),
    ...moduleRows(document),
    ...otherWays(document),
    ...manyRuns(document),
    ...toolRows(document),
  ];
  const line = ([what, measured, baseline = '', ratio = '']: Row) =>
    `| ${[what, measured, baseline, ratio].map(cell).join(' | ')} |\n`;
  return rows.map(line).join('');
}

function machineRows({ start, payload }: BenchDocument): Row[] {
  return [
    [
      'a machine from its saved state, to the first answer',
      time(start.restore),
      `the same machine booted: ${time(start.boot)}`,
      comparedTo(1 / start.ratio),
    ],
    ...payload.map(
      ({ bytes, channel, disk }): Row => [
        `a file of ${bytes / 1000} kB into a machine, over its channel`,
        time(channel),
        `on a disk: ${time(disk)}`,
        (channel.median / disk.median).toFixed(2),
      ],
    ),
  ];
}

function moduleRows({ build, edit, run, accelerator }: BenchDocument): Row[] {
  return [
    [
      `a changed module, compiled by ${build.builder}`,
      time(build.changed),
      `an unchanged one, from the cache: ${time(build.unchanged)}`,
    ],
    [
      '`lab3 run` after an edit: build, machine, both runs, report',
      time(edit.total),
      `of it the build: ${time(edit.build)}, the module’s threads: ${time(edit.module)}`,
      `+${(edit.rest.median / 1000).toFixed(2)} s`,
    ],
    [
      '`lab3 run` (machine, both runs, report)',
      time(run.lab3),
      `bare QEMU, ${accelerator}, same kernel and .ko: ${time(run.qemu)}`,
      run.ratio.toFixed(2),
    ],
  ];
}

function otherWays({ run, virtme, vagrant }: BenchDocument): Row[] {
  const lab3 = `\`lab3 run\`: ${time(run.lab3)}`;
  return [
    optional('the same by virtme-ng, same kernel and .ko', virtme, (found) => [
      [
        `the same by virtme-ng ${found.version}, same kernel and .ko`,
        time(found.run),
        lab3,
        comparedTo(found.ratio),
      ],
    ]),
    optional('the same by Vagrant with libvirt', vagrant, (found) => [
      ['`vagrant up`, libvirt, local box', time(found.up)],
      ['`vagrant up` and both runs over ssh', time(found.both), lab3, comparedTo(found.ratio)],
    ]),
  ].flat();
}

function manyRuns({ sweep, check, grade }: BenchDocument): Row[] {
  return [
    [
      `\`lab3 sweep\`, ${sweep.runs} runs`,
      time(sweep.total),
      `runs a minute: ${spread(sweep.runsPerMinute, (value) => value.toFixed(0))}`,
    ],
    ...optional('`lab3 check`', check, (found) => [
      [
        `\`lab3 check\`, ${found.runs} runs on the checked kernel`,
        time(found.total),
        found.kernelBuildMs === undefined ? '' : `its kernel was built in ${duration(found.kernelBuildMs)}`,
      ],
    ]),
    ...optional('`lab3 grade`', grade, (classes) =>
      classes.map(
        ({ submissions, ms, perMinute, qemu, ratio, peakMiB }): Row => [
          `\`lab3 grade\` of ${submissions} submissions, all that the rubric asks`,
          `${duration(ms)}: ${perMinute.toFixed(1)} a minute, at most ${mebibytes(peakMiB)}`,
          `bare QEMU, one boot and both runs: ${time(qemu)}`,
          `${ratio.toFixed(2)} for each submission`,
        ],
      ),
    ),
  ];
}

function toolRows({ help, setupWithEmptyCache: setup, run, sweep, check }: BenchDocument): Row[] {
  return [
    ['`lab3 --help`', time(help.help), `bare Node: ${time(help.node)}`, `+${help.overNodeMs.toFixed(0)} ms`],
    ...(setup === undefined
      ? []
      : ([
          ['`lab3 setup`, empty cache', duration(setup.ms)],
          ['downloaded by it', mebibytes(setup.downloadedBytes / 2 ** 20)],
          ['peak memory of the tool, setup', mebibytes(setup.peakMiB)],
        ] as const)),
    ['peak memory of the tool, run', mebibytes(run.peakMiB)],
    ['peak memory of the tool, sweep', mebibytes(sweep.peakMiB)],
    ...('notMeasured' in check
      ? []
      : ([['peak memory of the tool, check', mebibytes(check.peakMiB)]] as const)),
  ];
}

function optional<T extends object>(what: string, part: Measured<T>, rows: (found: T) => Row[]): Row[] {
  return 'notMeasured' in part ? [[what, 'not measured', part.notMeasured]] : rows(part);
}

function time(value: Spread): string {
  return value.median < 100
    ? `${spread(value, (ms) => ms.toFixed(0), ' ms')}`
    : `${spread(value, (ms) => (ms / 1000).toFixed(2), ' s')}`;
}

function spread({ median, min, max, count }: Spread, text: (value: number) => string, unit = ''): string {
  return `${text(median)}${unit} (${text(min)}–${text(max)}, n=${count})`;
}

/** @param ratio of this time to the baseline's */
function comparedTo(ratio: number): string {
  return ratio < 1 ? `${(1 / ratio).toFixed(1)} times faster` : `${ratio.toFixed(1)} times slower`;
}

function duration(ms: number): string {
  return `${(ms / 1000).toFixed(0)} s`;
}

function mebibytes(value: number | undefined): string {
  return value === undefined ? 'not known here' : `${value.toFixed(0)} MiB`;
}

/** What a program said may stand in it. */
function cell(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').trim();
}
