/**
 * The packages of one `Packages` index. An index holds some 70 000 paragraphs, of which a selection reads a
 * hundred: so it is kept as text, cut down to the fields that matter, and paragraphs are parsed when asked for.
 */
import type { Architecture } from '../../lab/names.ts';
import { type Paragraph, parseParagraphs, parseRelations, type Relation } from './control.ts';

/** A package that an archive offers. */
export interface Package {
  readonly name: string;
  readonly version: string;
  readonly arch: Architecture | 'all';
  /** Path below the archive's base. */
  readonly filename: string;
  /** Bytes of the `.deb`. */
  readonly size: number;
  readonly sha256: string;
  /** `Pre-Depends` and `Depends`: all groups must be met, each by any one of its members. */
  readonly depends: readonly (readonly Relation[])[];
  readonly provides: readonly Relation[];
}

const keptFields = /^(Package|Version|Architecture|Depends|Pre-Depends|Provides|Filename|Size|SHA256):/;

/** Cuts a `Packages` file down to the fields of `Package`; the last line proves that the text is complete. */
export async function condense(packages: AsyncIterable<Uint8Array>): Promise<string> {
  // Index fields are ASCII; as latin1 a chunk may end anywhere and the text takes one byte a character.
  const out: string[] = [];
  let rest = '';
  let keep = false;
  let empty = true;
  const take = (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    const kept = lines.filter((line) => {
      if (line === '') {
        const ends = !empty;
        empty = true;
        return ends;
      }
      if (line[0] !== ' ' && line[0] !== '\t') keep = keptFields.test(line);
      if (keep) empty = false;
      return keep;
    });
    // Joined at once, so that the lines do not keep the whole unpacked index in memory.
    if (kept.length > 0) out.push(Buffer.from(`${kept.join('\n')}\n`, 'latin1').toString('latin1'));
  };
  for await (const chunk of packages) {
    take(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1'));
  }
  take('\n\n');
  return `${out.join('')}${completeMark}\n`;
}

const completeMark = '# complete';

export class PackageIndex {
  readonly #text: string;
  /** Package name → where its paragraphs begin. */
  readonly #byName = new Map<string, number[]>();
  /** Name that packages provide → where their paragraphs begin. */
  readonly #byProvided = new Map<string, number[]>();

  private constructor(text: string) {
    this.#text = text;
    for (let start = 0; start >= 0 && start < text.length; ) {
      const blank = text.indexOf('\n\n', start);
      const end = blank < 0 ? text.length : blank;
      this.#enter(start, end);
      start = blank < 0 ? -1 : blank + 2;
    }
  }

  /** Undefined when the text was cut short. */
  static read(condensed: string): PackageIndex | undefined {
    if (!condensed.endsWith(`${completeMark}\n`)) return undefined;
    return new PackageIndex(condensed.slice(0, -completeMark.length - 1));
  }

  names(): Iterable<string> {
    return this.#byName.keys();
  }

  /** Every version of the package. */
  named(name: string): Package[] {
    return this.#read(this.#byName.get(name));
  }

  /** Packages that say they provide the name. */
  providing(name: string): Package[] {
    return this.#read(this.#byProvided.get(name));
  }

  #enter(start: number, end: number): void {
    const paragraph = this.#text.slice(start, end);
    const name = fieldOf(paragraph, 'Package: ');
    if (name === undefined) return;
    append(this.#byName, name, start);
    for (const [provided] of parseRelations(fieldOf(paragraph, 'Provides: '))) {
      if (provided) append(this.#byProvided, provided.name, start);
    }
  }

  #read(starts: readonly number[] = []): Package[] {
    return starts
      .map((start) => {
        const blank = this.#text.indexOf('\n\n', start);
        return toPackage(parseParagraphs(this.#text.slice(start, blank < 0 ? undefined : blank))[0]);
      })
      .filter((found) => found !== undefined);
  }
}

function fieldOf(paragraph: string, label: string): string | undefined {
  const at = paragraph.startsWith(label) ? 0 : paragraph.indexOf(`\n${label}`) + 1;
  if (at === 0 && !paragraph.startsWith(label)) return undefined;
  const newline = paragraph.indexOf('\n', at);
  return paragraph.slice(at + label.length, newline < 0 ? undefined : newline);
}

function append(map: Map<string, number[]>, key: string, value: number): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/** Undefined for a paragraph that lacks what a download needs, or whose path is not a plain one. */
function toPackage(fields: Paragraph | undefined): Package | undefined {
  const get = (name: string) => fields?.get(name) ?? '';
  const sha256 = get('sha256').toLowerCase();
  const size = get('size');
  const arch = get('architecture');
  const filename = get('filename').replace(/^(\.\/)+/, '');
  if (!/^[0-9a-f]{64}$/.test(sha256) || !/^\d+$/.test(size) || get('version') === '') return undefined;
  if (arch !== 'amd64' && arch !== 'arm64' && arch !== 'all') return undefined;
  if (filename === '' || filename.startsWith('/') || filename.split('/').includes('..')) return undefined;
  return {
    name: get('package'),
    version: get('version'),
    arch,
    filename,
    size: Number(size),
    sha256,
    depends: [...parseRelations(get('pre-depends')), ...parseRelations(get('depends'))],
    provides: parseRelations(get('provides')).flatMap((group) => group.slice(0, 1)),
  };
}
