/** What grading may have changed of this computer: files, processes, containers. */
import type { Dirent } from 'node:fs';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join, sep } from 'node:path';
import { connect } from '../../provision/builder/docker/client.ts';
import { findEngine } from '../../provision/builder/docker/engine.ts';
import { isOrphan, mark } from '../../provision/builder/docker/labels.ts';
import { escaped } from '../corpus/submissions/made.ts';
import { realContext } from '../integration/real-context.ts';
import { sharedCache } from '../shared-cache.ts';
import { type ClassPart, environmentOf } from './class.ts';
import { scratchPrefix } from './tool.ts';

/** What archives and Makefiles of the corpus would leave. */
const markers = [escaped, 'lab3-makefile-ran'];
/** Of a checkout, what other tests and tools make anew. */
const made = ['.git', 'node_modules', 'build', 'dist'];
/** Deep enough for what the corpus aims at, below folders that may hold anything. */
const depth = 3;

/**
 * Lines that are the same before and after:
 *
 * - each file of what was handed in, of /etc, /usr/local and this checkout, with its size and when it was last written;
 * - names that the corpus would leave, in the places for temporary files, the home folder and those above the class;
 * - all that lies where the tool's temporary files do;
 * - processes that were told of the class's folder, and containers of a lab3 that is no more.
 */
export async function hostState({ folder }: Pick<ClassPart, 'folder'>): Promise<string[]> {
  const whole = [join(folder, 'submissions'), '/etc', '/usr/local', process.cwd()];
  const above = [folder, dirname(folder), tmpdir(), '/tmp', '/var/tmp', '/dev/shm', homedir(), '/'];
  const own = (await environmentOf({ folder })).TMPDIR ?? '';
  const isOthers = (path: string) =>
    path === sharedCache ||
    made.some((name) => path === join(process.cwd(), name)) ||
    // The class of tests that run beside these.
    (basename(path).startsWith(scratchPrefix) && !`${folder}${sep}`.startsWith(`${path}${sep}`));
  const found = await Promise.all([
    ...whole.map((place) => below(place, { levels: Number.POSITIVE_INFINITY, say: written, isOthers })),
    ...[...new Set(above)].map((place) =>
      below(place, { levels: place === '/' ? 1 : depth, say: marked, isOthers }),
    ),
    below(own, { levels: Number.POSITIVE_INFINITY, say: (path) => path, isOthers }),
    processes(folder),
    containers(),
  ]);
  return [...new Set(found.flat())].sort();
}

interface Look {
  readonly levels: number;
  readonly say: (path: string, entry: Dirent) => Promise<string | undefined> | string | undefined;
  readonly isOthers: (path: string) => boolean;
}

/** What is said of all that lies below a folder. Links are not followed; what may not be read is passed over. */
async function below(place: string, { levels, say, isOthers }: Look): Promise<string[]> {
  const entries = await readdir(place, { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = join(place, entry.name);
      if (isOthers(path)) return [];
      const own = await say(path, entry);
      const deeper = entry.isDirectory() && levels > 1;
      const inside = deeper ? await below(path, { levels: levels - 1, say, isOthers }) : [];
      return own === undefined ? inside : [own, ...inside];
    }),
  );
  return found.flat();
}

async function written(path: string, entry: Dirent): Promise<string | undefined> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return undefined;
  const { size, mtimeMs } = found;
  return entry.isDirectory() ? path : `${path}: ${size} bytes, ${mtimeMs}`;
}

function marked(path: string, { name }: Dirent): string | undefined {
  return markers.some((marker) => name.includes(marker)) ? path : undefined;
}

async function processes(folder: string): Promise<string[]> {
  return (await processesOf(folder)).map(
    ({ pid, words }) => `process ${pid}: ${words.slice(0, 3).join(' ')}`,
  );
}

/** Those whose words or environment name the folder, as all do that grade the class in it; on Linux alone. */
export async function processesOf(folder: string): Promise<{ pid: number; words: string[] }[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const read = (pid: string, name: string) => readFile(join('/proc', pid, name), 'utf8').catch(() => '');
  const found = await Promise.all(
    pids.map(async (pid) => {
      const [line, environment] = await Promise.all([read(pid, 'cmdline'), read(pid, 'environ')]);
      return (environment + line).includes(folder) ? [{ pid: Number(pid), words: line.split('\0') }] : [];
    }),
  );
  return found.flat();
}

async function containers(): Promise<string[]> {
  const { signal, platform, env } = realContext();
  const { engine } = await findEngine({ platform, env });
  if (engine === undefined) return [];
  const { docker, call } = await connect(engine, signal);
  const list = await call(
    'list containers',
    docker.listContainers({ all: true, filters: { label: [mark] } }),
  );
  const left = await Promise.all(
    list.map(async (one) => ((await isOrphan(one.Labels, platform)) ? [one.Id] : [])),
  );
  return left.flat().map((id) => `container ${id}`);
}
