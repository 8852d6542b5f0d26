/** What was run, where and with what: enough to do it again. */
import type { Result } from '../../lab/result.ts';
import type { Section, Text } from '../document.ts';
import { plural } from '../numbers.ts';
import type { NamedRun } from './runs.ts';

export function setupSection(result: Result, runs: readonly NamedRun[]): Section {
  const { guest, build, packages, module } = result;
  const facts: [string, Text][] = [
    [
      'Module',
      [{ code: module.name }, ' from ', ...list(module.files.map((file): Text => [{ code: file }]))],
    ],
    ['Source, SHA-256', [{ code: build.sourceSha256 }]],
    ['Kernel', [{ code: guest.kernel }, ` on ${guest.arch}`]],
    [
      'Virtual machine',
      [
        `${guest.hypervisor}, ${plural(guest.vcpus, 'virtual CPU')}, ${guest.memoryMiB} MiB`,
        guest.start === 'restored' ? '; started from the saved state of one that had booted' : '',
      ],
    ],
    ['Accelerator', [acceleratorWords[guest.accelerator]]],
    ['Compiler', [build.compiler]],
    ['Builder', [`${build.builder}${build.cached ? ', unchanged source taken from the cache' : ''}`]],
    ['Version magic', [{ code: build.vermagic }]],
    ['Made by', [`${result.tool}, ${result.createdAt}`]],
  ];
  return {
    id: 'setup',
    title: 'Parameters and environment',
    blocks: [
      {
        kind: 'table',
        caption: 'Parameters of the runs',
        columns: [
          { title: 'Run' },
          { title: 'lock' },
          { title: 'n_threads', align: 'right' },
          { title: 'increment', align: 'right' },
          { title: 'n_times', align: 'right' },
          { title: 'Virtual CPUs', align: 'right' },
        ],
        rows: runs.map(({ run, name }): Text[] => [
          [name],
          [{ code: run.lock }],
          [{ number: String(run.nThreads) }],
          [{ number: String(run.increment) }],
          [{ number: String(run.nTimes) }],
          [{ number: String(run.vcpus) }],
        ]),
      },
      {
        kind: 'table',
        caption: 'Environment',
        columns: [{ title: 'What' }, { title: 'Value' }],
        rows: facts.map(([what, value]): Text[] => [[what], value]),
      },
      ...(packages.length === 0
        ? []
        : [
            {
              kind: 'fold' as const,
              title: `${plural(packages.length, 'Debian package')} used, with versions`,
              print: false,
              blocks: [
                {
                  kind: 'paragraph' as const,
                  small: true as const,
                  text: [
                    ...list(packages.map(({ name, version }): Text => [{ code: `${name}=${version}` }])),
                    '. Their checksums are in result.json.',
                  ],
                },
              ],
            },
          ]),
    ],
  };
}

const acceleratorWords: Record<Result['guest']['accelerator'], string> = {
  kvm: 'KVM',
  hvf: 'HVF (Hypervisor.framework)',
  whpx: 'WHPX (Windows Hypervisor Platform)',
  tcg: 'none: the processor was emulated (TCG)',
};

const list = (items: readonly Text[]): Text =>
  items.flatMap((item, index) => (index === 0 ? item : [', ', ...item]));
