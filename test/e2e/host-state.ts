/** What grading may have changed of this computer: files, processes, containers. */
import type { Dirent } from 'node:fs';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { connect } from '../../provision/builder/docker/client.ts';
import { findEngine } from '../../provision/builder/docker/engine.ts';
import { isOrphan } from '../../provision/builder/docker/labels.ts';
import { escaped } from '../corpus/submissions/made.ts';
import { realContext } from '../integration/real-context.ts';
import { sharedCache } from '../shared-cache.ts';
import { type ClassPart, environmentOf } from './class.ts';

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
  const found = await Promise.all([
    ...whole.map((place) => below(place, Number.POSITIVE_INFINITY, written)),
    ...[...new Set(above)].map((place) => below(place, place === '/' ? 1 : depth, marked)),
    below(own, Number.POSITIVE_INFINITY, (path) => path),
    processes(folder),
    containers(),
  ]);
  return [...new Set(found.flat())].sort();
}

type Say = (path: string, entry: Dirent) => Promise<string | undefined> | string | undefined;

/** What `say` says of all that lies below a folder. Links are not followed; what may not be read is passed over. */
async function below(place: string, levels: number, say: Say): Promise<string[]> {
  const entries = await readdir(place, { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = join(place, entry.name);
      if (path === sharedCache || (place === process.cwd() && made.includes(entry.name))) return [];
      const own = await say(path, entry);
      const inside = entry.isDirectory() && levels > 1 ? await below(path, levels - 1, say) : [];
      return own === undefined ? inside : [own, ...inside];
    }),
  );
  return found.flat();
}

async function written(path: string, entry: Dirent): Promise<string | undefined> {
  const { size, mtimeMs } = await lstat(path);
  return entry.isDirectory() ? path : `${path}: ${size} bytes, ${mtimeMs}`;
}

function marked(path: string, { name }: Dirent): string | undefined {
  return markers.some((marker) => name.includes(marker)) ? path : undefined;
}

async function processes(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const read = (pid: string, name: string) => readFile(join('/proc', pid, name), 'utf8').catch(() => '');
  const found = await Promise.all(
    pids.map(async (pid) => {
      const [line, environment] = await Promise.all([read(pid, 'cmdline'), read(pid, 'environ')]);
      if (!(environment + line).includes(folder)) return [];
      return [`process ${pid}: ${line.split('\0').slice(0, 3).join(' ')}`];
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
    docker.listContainers({ all: true, filters: { label: ['lab3=1'] } }),
  );
  const left = await Promise.all(
    list.map(async (one) => ((await isOrphan(one.Labels, platform)) ? [one.Id] : [])),
  );
  return left.flat().map((id) => `container ${id}`);
}
