/** A `lab3` reduced to its archive client, run as a process of its own by packages.test.ts. */
import type { Event } from '../../lab/events.ts';
import type { Context } from '../../provision/context.ts';
import { type PackageRequest, providePackages } from '../../provision/packages/provide.ts';
import { unpackTree } from '../../provision/packages/tree.ts';

const { cacheDir, request }: { cacheDir: string; request: PackageRequest } = JSON.parse(
  process.argv[2] ?? '',
);
// A line for each note as it comes, and one for the end.
const emit = (event: Event) => {
  if (event.type === 'step.note') console.log(JSON.stringify({ note: event.text }));
};
const signal = new AbortController().signal;
const context: Context = { platform: process.platform, hostArch: 'amd64', env: {}, cacheDir, emit, signal };
const debs = await providePackages(context, request);
const root = await unpackTree(context, debs, { label: 'test' });
console.log(JSON.stringify({ names: debs.map(({ name }) => name), root }));
