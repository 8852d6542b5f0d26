import type { StoredKernel } from '../../provision/kernel/checked-store.ts';
import type { Exported } from '../../provision/kernel/transfer.ts';
import { bytes } from './amounts.ts';
import type { Style } from './style.ts';
import { table } from './table.ts';
import type { Terminal } from './terminal.ts';
import { harmless } from './text.ts';

/** A kernel of the cache, and whether this lab3 would build the same. */
export interface ListedKernel extends StoredKernel {
  readonly current: boolean;
}

/** What `--json` says of one. */
export function kernelRow({ manifest, folder }: StoredKernel) {
  const { kind, arch, suite, release, version, compiler, files } = manifest;
  return {
    kind,
    arch,
    suite,
    release,
    version,
    compiler,
    bytes: files.image.size + files.headers.size,
    folder,
  };
}

const columns = [
  { title: 'Kind' },
  { title: 'Release' },
  { title: 'Suite' },
  { title: 'Size', align: 'right' },
  { title: 'Recipe' },
  { title: 'Compiler' },
] as const;

export function kernelsText(found: readonly ListedKernel[], terminal: Terminal, style: Style): string {
  if (found.length === 0)
    return `There is no checked kernel yet: ${style.bold('lab3 kernel build')}, or ${style.bold('lab3 kernel import FILE')}.`;
  const rows = found.map((kernel) => {
    const row = kernelRow(kernel);
    return [
      { text: row.kind },
      { text: row.release },
      { text: row.suite },
      { text: bytes(row.bytes) },
      kernel.current ? { text: 'current' } : { text: 'another', paint: style.yellow },
      { text: harmless(row.compiler), paint: style.dim },
    ];
  });
  const lines = table(columns, rows, style, terminal.columns);
  if (found.some(({ current }) => !current)) lines.push('', ...anotherRecipe);
  return `${lines.join('\n')}\n`;
}

const anotherRecipe = [
  'A kernel of another recipe comes from another version of lab3. It is used where there',
  'is no current one of its Linux version.',
];

export function kernelText(verb: string, stored: StoredKernel, style: Style): string {
  const { kind, release, bytes: size, compiler } = kernelRow(stored);
  return `${style.green(style.glyphs.done)} ${verb} the ${kind} kernel ${style.bold(release)}: ${bytes(size)}, ${harmless(compiler)}`;
}

export function exportedText({ file, size, sha256 }: Exported, stored: StoredKernel, style: Style): string {
  return [
    `${style.green(style.glyphs.done)} ${style.bold(harmless(file))}: ${bytes(size)}, Linux ${kernelRow(stored).release}`,
    `  SHA256 ${sha256}`,
    '',
    `On another computer: ${style.bold(`lab3 kernel import FILE --sha256 ${sha256}`)}`,
    'Publish the sum where the file is not: it is what tells your file from another.',
  ].join('\n');
}
