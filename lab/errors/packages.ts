import type { CatalogueEntry } from '../errors.ts';

const otherMirror =
  'Check the network, or name another Debian mirror: LAB3_MIRROR=URL, or `mirror: URL` in lab3.yaml.';

/** Faults around the Debian archive: the network, the mirror, what it serves, and the cache of it. */
export const packageErrors = {
  MirrorUnreachable: {
    fault: 'computer',
    title: 'The Debian mirror does not answer',
    message: (p: { url: string; reason: string }) => `${p.url} could not be read: ${p.reason}.`,
    hint: () => otherMirror,
  },
  MirrorLacksFile: {
    fault: 'computer',
    title: 'The Debian mirror lacks a file',
    message: (p: { url: string; status: number }) => `${p.url} answered ${p.status}.`,
    hint: () => `The mirror may be in the middle of an update: try again in some minutes. ${otherMirror}`,
  },
  MirrorInvalid: {
    fault: 'usage',
    title: 'A mirror is not an address',
    message: (p: { value: string; from: string }) =>
      `${p.from} is "${p.value}", which is not the http or https address of a Debian archive.`,
    hint: () =>
      'Give the address that holds dists/ and pool/, e.g. LAB3_MIRROR=https://snapshot.debian.org/archive/debian/20261120T000000Z; a second address, after a space, is the security archive.',
  },
  ReleaseNotSigned: {
    fault: 'computer',
    title: 'The Debian archive is not signed by Debian',
    message: (p: { url: string; reason: string }) =>
      `${p.url} carries no good signature of a Debian archive key: ${p.reason}.`,
    hint: () =>
      'Something between this computer and the mirror changes files (a proxy, a portal that wants a login), or the mirror is not Debian. Use another network or another mirror: LAB3_MIRROR=URL.',
  },
  ReleaseExpired: {
    fault: 'computer',
    title: 'The Debian mirror is out of date',
    message: (p: { url: string; validUntil: string; now: string }) =>
      `${p.url} was valid until ${p.validUntil}, and this computer's clock says ${p.now}.`,
    hint: () => 'Check the clock of this computer; if it is right, use another mirror: LAB3_MIRROR=URL.',
  },
  ReleaseOfOtherSuite: {
    fault: 'computer',
    title: 'The Debian mirror serves another suite',
    message: (p: { url: string; wanted: string; found: string }) =>
      `${p.url} should be of ${p.wanted} and says it is of ${p.found}.`,
    hint: () => otherMirror,
  },
  WrongChecksum: {
    fault: 'computer',
    title: 'A downloaded file is not what Debian signed',
    message: (p: { url: string; expected: string; found: string }) =>
      `${p.url} has SHA256 ${p.found}, the signed index says ${p.expected}; it was downloaded twice and thrown away.`,
    hint: () => otherMirror,
  },
  PackageNotFound: {
    fault: 'computer',
    title: 'A package is not in the Debian archive',
    message: (p: { name: string; suite: string; arch: string }) =>
      `The package ${p.name} is not in Debian ${p.suite} for ${p.arch}.`,
    hint: () =>
      'If it is a kernel package, its release has been replaced: run `lab3 setup` again to take the newest one.',
  },
  DependencyNotFound: {
    fault: 'computer',
    title: 'A dependency is not in the Debian archive',
    message: (p: { package: string; dependency: string; suite: string; arch: string }) =>
      `${p.package} needs ${p.dependency}, which is not in Debian ${p.suite} for ${p.arch}.`,
    hint: () => `The mirror may be incomplete. ${otherMirror}`,
  },
  VersionGone: {
    fault: 'computer',
    title: 'A pinned version is no longer in the Debian archive',
    message: (p: { name: string; wanted: string; available: string[] }) =>
      `${p.name} ${p.wanted} is not on the mirror. ${
        p.available.length > 0 ? `It has ${p.available.join(', ')}.` : 'It has no version of it at all.'
      }`,
    hint: () =>
      'Pin one of these in lab3.yaml or remove the pin; or read the archive as it was on a day, which keeps every version: `mirror: https://snapshot.debian.org/archive/debian/YYYYMMDDT000000Z`.',
  },
  PackageDamaged: {
    fault: 'computer',
    title: 'A package cannot be read',
    message: (p: { path: string; reason: string }) =>
      `The package file ${p.path} cannot be read: ${p.reason}.`,
    hint: () => 'Remove that file and run the same command again: it is downloaded anew.',
  },
  PackageUnsafe: {
    fault: 'computer',
    title: 'A package wants to write outside its folder',
    message: (p: { path: string; entry: string }) =>
      `The package file ${p.path} holds the path ${JSON.stringify(p.entry)}, which leads out of the folder it is unpacked in; nothing was taken from it.`,
    hint: () => 'No package of Debian does this. Use another mirror: LAB3_MIRROR=URL.',
  },
  CacheLocked: {
    fault: 'computer',
    title: 'Another lab3 is at work',
    message: (p: { name: string; pid: string; path: string }) =>
      `Another lab3 (pid ${p.pid}) has held the lock "${p.name}" of the cache for too long (${p.path}).`,
    hint: (p: { pid: string }) => `Wait for it, or end process ${p.pid}; then run the same command again.`,
  },
} satisfies Record<string, CatalogueEntry>;
