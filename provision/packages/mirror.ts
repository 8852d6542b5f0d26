/** Which archives are asked: the mirror of lab3.yaml, else LAB3_MIRROR, else the host's, else Debian's snapshots. */
import { labError } from '../../lab/errors.ts';
import type { Suite } from '../../lab/names.ts';
import type { Context } from '../context.ts';
import { type AptSource, aptIgnoresValidUntil, readAptSources } from './apt-sources.ts';

/** One `dists/<dist>` of one archive. */
export interface Source {
  /** Address that holds `dists/` and `pool/`, without a slash at its end. */
  readonly base: string;
  /** e.g. `trixie`, `trixie-updates`, `trixie-security`. */
  readonly dist: string;
  /** Without it there is nothing to work from; the others may be absent from a mirror. */
  readonly required: boolean;
  /** Snapshots are of the past by design; elsewhere an expired index is a stale mirror or an attack. */
  readonly checkValidUntil: boolean;
}

/** The day whose archive is taken where nobody names a mirror. */
const snapshotDate = '20261120T000000Z';
const snapshotBase = `https://snapshot.debian.org/archive/debian/${snapshotDate}`;

/** What a person chose: part of what a remembered selection depends on. Empty for "whatever this host has". */
export function mirrorChoice(context: Pick<Context, 'env'>, mirror: string | undefined): string {
  return (mirror ?? context.env.LAB3_MIRROR ?? '').trim();
}

/** Throws `MirrorInvalid`. */
export async function chooseSources(
  context: Pick<Context, 'env' | 'platform'>,
  suite: Suite,
  mirror: string | undefined,
  root = '/',
): Promise<Source[]> {
  const choice = mirrorChoice(context, mirror);
  const onLinux = context.platform === 'linux';
  const live = !(onLinux && (await aptIgnoresValidUntil(root)));
  if (choice !== '') {
    const from = mirror === undefined ? 'LAB3_MIRROR' : 'mirror in lab3.yaml';
    const [main = '', security] = choice.split(/[\s,]+/).map((word) => checkedBase(word, from));
    return sourcesOf(suite, main, security ?? securityOf(main), live);
  }
  const host = onLinux ? hostBases(await readAptSources(root)) : undefined;
  if (host) return sourcesOf(suite, host.main, host.security ?? securityOf(host.main), live);
  return snapshotSources(suite);
}

/** Debian's snapshot service keeps every day of the archive: slower than a mirror, and never without a suite. */
export function snapshotSources(suite: Suite): Source[] {
  return sourcesOf(suite, snapshotBase, securityOf(snapshotBase), true);
}

function sourcesOf(suite: Suite, main: string, security: string | undefined, live: boolean): Source[] {
  const source = (base: string, dist: string, required: boolean): Source => ({
    base,
    dist,
    required,
    checkValidUntil: live && !isSnapshot(base),
  });
  return [
    source(main, suite, true),
    source(main, `${suite}-updates`, false),
    ...(security === undefined ? [] : [source(security, `${suite}-security`, false)]),
  ];
}

/**
 * The archives of Debian proper among the host's sources: those of the archive's own suites with component main.
 * The host's suite need not be the wanted one: the same archive holds both.
 */
export function hostBases(
  sources: readonly AptSource[],
): { main: string; security: string | undefined } | undefined {
  const suite =
    /^(bookworm|trixie|forky|sid|(?:old)*stable|testing|unstable)(-updates|-security|-backports)?(\/updates)?$/;
  const usable = sources.filter(
    ({ uri, suites, components }) =>
      /^https?:\/\//.test(uri) && components.includes('main') && suites.some((name) => suite.test(name)),
  );
  const isSecurity = ({ uri, suites }: AptSource) =>
    /debian-security|\/security(\/|$)/.test(uri) ||
    suites.every((name) => /-security$|\/updates$/.test(name));
  const main = usable.find((source) => !isSecurity(source))?.uri;
  return main === undefined ? undefined : { main, security: usable.find(isSecurity)?.uri };
}

/** Debian keeps its security archive next to the main one, under `debian-security`. */
export function securityOf(main: string): string | undefined {
  const parts = /^(.*\/)debian((?:\/\d{8}T\d{6}Z)?)$/.exec(main);
  return parts ? `${parts[1]}debian-security${parts[2]}` : undefined;
}

function isSnapshot(base: string): boolean {
  return /\/\d{8}T\d{6}Z$/.test(base);
}

function checkedBase(word: string, from: string): string {
  const url = URL.canParse(word) ? new URL(word) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw labError('MirrorInvalid', { value: word, from });
  }
  return word.replace(/\/+$/, '');
}
