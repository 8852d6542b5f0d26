/**
 * `lab3.yaml`. The table of options is its schema; mistakes are found on YAML's own nodes, so that each is said
 * with its line and column, all of them at once.
 */
import { isAlias, isMap, isScalar, isSeq, type Node, type ParsedNode } from 'yaml';
import { firstProblems, isEmpty, type Report, readYaml, textOf, type YamlDocument } from './config/syntax.ts';
import { labError } from './errors.ts';
import type { Architecture, BuilderName, GuestName, LockKind, Suite } from './names.ts';
import { nearest } from './nearest.ts';
import { defaultOf, describeOption, type OptionValue, options, quote, readOption } from './options.ts';
import type { ParameterMap } from './parameters.ts';
import type { TemplateKind } from './template.ts';

export interface LabConfig {
  readonly nThreads: number;
  readonly increment: number;
  readonly nTimes: number;
  /** One run each, in this order. */
  readonly locks: readonly LockKind[];
  readonly vcpus: number;
  /** MiB. */
  readonly memory: number;
  /** Of each lock, on the checked kernel. */
  readonly checkRuns: number;
  readonly builder: BuilderName | 'auto';
  readonly vm: GuestName | 'auto';
  /** Of Vagrant: a name in its catalogue, or a file as written. */
  readonly box?: string;
  readonly suite: Suite;
  /** Absent: this computer's own. */
  readonly arch?: Architecture;
  /** Pinned package version or release. */
  readonly kernel?: string;
  readonly mirror?: string;
  /** A student's own module; empty for the one that comes with lab3. */
  readonly module: {
    /** As written; relative to the folder of lab3.yaml. */
    readonly dir?: string;
    readonly params: ParameterMap;
    readonly lockValues: Partial<Readonly<Record<LockKind, string>>>;
    /** printk formats, checked; see lab/template.ts. */
    readonly patterns: Partial<Readonly<Record<TemplateKind, string>>>;
  };
  /** The grid of `lab3 sweep`. */
  readonly sweep: {
    readonly nThreads: readonly number[];
    readonly nTimes: readonly number[];
    /** Absent: the one increment of above. */
    readonly increment?: readonly number[];
    readonly vcpus: readonly number[];
    /** Absent: all of the module that comes with lab3, `locks` of another. */
    readonly locks?: readonly LockKind[];
    readonly repeats: number;
  };
  readonly report: { readonly student?: string; readonly group?: string; readonly out?: string };
}

/** Option values by path, as they stand in lab3.yaml; what is absent has its default. */
export type OptionValues = ReadonlyMap<string, OptionValue>;

const maxChars = 65_536;

export function defaultConfig(): LabConfig {
  return toConfig(new Map());
}

/** Reads lab3.yaml. Throws `ConfigInvalid` with every mistake, or `ConfigTooLarge`. An empty file is all defaults. */
export function parseConfig(text: string, fileName: string): LabConfig {
  return toConfig(readDocument(text, fileName).values);
}

/**
 * The configuration with flags of the command line put over it, by option path (`{ n_threads: '4' }`).
 * Throws `FlagInvalid` with the first one that is not allowed.
 */
export function overrideConfig(
  config: LabConfig,
  flags: Readonly<Record<string, OptionValue | undefined>>,
): LabConfig {
  const values = new Map(toValues(config));
  for (const [path, typed] of Object.entries(flags)) {
    if (typed === undefined) continue;
    const option = describeOption(path);
    const answer = readOption(option, typeof typed === 'object' ? typed.map(String) : String(typed));
    if (!('accepted' in answer)) throw labError('FlagInvalid', { flag: option.flag ?? path, ...answer });
    values.set(path, answer.accepted);
  }
  return toConfig(values);
}

/** The values of a configuration, by option path, in the order of the table; what is absent has none. */
export function toValues(config: LabConfig): OptionValues {
  const values = new Map<string, OptionValue>();
  for (const path of options.keys()) {
    let value: unknown = config;
    for (const key of keysOf(path)) value = (value as Record<string, unknown> | undefined)?.[key];
    if (value !== undefined) values.set(path, value as OptionValue);
  }
  return values;
}

/** Inverse of `toValues`; the values are those of `readOption`, so they have the types the table gives them. */
function toConfig(values: OptionValues): LabConfig {
  const config: Record<string, unknown> = {
    module: { params: {}, lockValues: {}, patterns: {} },
    sweep: {},
    report: {},
  };
  for (const option of options.values()) {
    const value = values.get(option.path) ?? defaultOf(option);
    if (value === undefined) continue;
    const keys = keysOf(option.path);
    let section = config;
    for (const key of keys.slice(0, -1)) section = section[key] as Record<string, unknown>;
    section[keys.at(-1) ?? ''] = value;
  }
  return config as unknown as LabConfig;
}

/** `module.lock_values.own` → `module`, `lockValues`, `own`; parameters and locks keep the names they are known by. */
function keysOf(path: string): string[] {
  const keys = path.split('.');
  return keys.map((key, at) =>
    at === 2 ? key : key.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
  );
}

/** A text of lab3.yaml with what was understood of it; the nodes are for writing it again in place. */
export interface ConfigDocument {
  readonly values: OptionValues;
  readonly nodes: ReadonlyMap<string, Node>;
  readonly document: YamlDocument;
}

export function readDocument(text: string, fileName: string): ConfigDocument {
  if (text.length > maxChars) {
    throw labError('ConfigTooLarge', { file: fileName, chars: text.length, limit: maxChars });
  }
  const { document, report, problems } = readYaml(text, 'configuration');
  const fail = () => labError('ConfigInvalid', { file: fileName, ...firstProblems(problems) });
  if (document === undefined) throw fail();
  const reader = new Reader(document, report);
  const { contents } = document;
  if (isMap(contents)) reader.section(contents, '');
  else if (contents !== null && !isEmpty(contents) && problems.length === 0) {
    report(contents.range?.[0] ?? 0, {
      text: 'settings are written one on each line, as in n_threads: 10',
    });
  }
  if (problems.length > 0) throw fail();
  return { values: reader.values, nodes: reader.nodes, document };
}

/** Walks no further than the table goes, so neither anchors nor nesting can make it long. */
class Reader {
  readonly values = new Map<string, OptionValue>();
  readonly nodes = new Map<string, Node>();
  readonly #document: YamlDocument;
  readonly #report: Report;

  constructor(document: YamlDocument, report: Report) {
    this.#document = document;
    this.#report = report;
  }

  section(map: Node, path: string): void {
    if (!isMap(map)) return;
    const known = childrenOf(path);
    for (const { key, value } of map.items as { key: ParsedNode; value: Node | null }[]) {
      const name = isScalar(key) ? String(key.source ?? key.value) : '';
      const at = key?.range?.[0] ?? map.range?.[0] ?? 0;
      const inner = path === '' ? name : `${path}.${name}`;
      if (known.includes(name)) {
        if (value !== null) this.#entry(this.#resolved(value), inner, value.range?.[0] ?? at);
        continue;
      }
      const near = nearest(name, known);
      this.#report(at, {
        path: inner,
        value: quote(name),
        allowed: `one of ${known.join(' ')}`,
        ...(near === undefined ? {} : { nearest: near }),
        text: `there is no setting ${quote(name)}${path === '' ? '' : ` in ${path}`}`,
      });
    }
  }

  #entry(node: Node | undefined, path: string, at: number): void {
    if (node === undefined || isEmpty(node)) return;
    this.nodes.set(path, node);
    const option = options.get(path);
    if (option === undefined) {
      if (isMap(node)) {
        this.section(node, path);
        return;
      }
      const children = childrenOf(path);
      this.#report(at, {
        path,
        allowed: `one or more of ${children.join(' ')}`,
        text: `${path} is a section: its settings are written below it, indented by two spaces`,
      });
      return;
    }
    const typed = this.#typed(node);
    if (typed === undefined) {
      this.#report(at, { path, text: `${path} has settings below it, but it is a value itself` });
      return;
    }
    const answer = readOption(option, typed);
    if ('accepted' in answer) this.values.set(path, answer.accepted);
    else this.#report(at, { path, ...answer, text: `${path} ${answer.problem}` });
  }

  #typed(node: Node): string | string[] | undefined {
    if (isScalar(node)) return textOf(node);
    if (!isSeq(node)) return undefined;
    const items = node.items.slice(0, 100).map((item) => this.#resolved(item as Node));
    return items.map((item) => (isScalar(item) ? textOf(item) : '?'));
  }

  #resolved(node: Node): Node | undefined {
    return isAlias(node) ? node.resolve(this.#document) : node;
  }
}

/** Names that may stand in a section, in the order of the table; '' is the file itself. */
export function childrenOf(path: string): string[] {
  const start = path === '' ? '' : `${path}.`;
  const names = [...options.keys()]
    .filter((key) => key.startsWith(start))
    .map((key) => key.slice(start.length).split('.')[0] ?? '');
  return [...new Set(names)];
}
