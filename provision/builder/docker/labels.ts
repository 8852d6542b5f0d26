/** Everything made in a Docker engine is labelled, so that what a crash left behind is known and removed. */
import { hostname } from 'node:os';
import { isGoneSince, processInfo } from '../../host/process-info.ts';
import type { Client } from './client.ts';

export const mark = 'lab3=1';

export interface LabelledVolume {
  readonly Name: string;
  readonly Labels: Record<string, string>;
  readonly createdMs: number;
  readonly inUse: boolean;
}

const staleMs = 60 * 60_000;

/** A container that runs as long as its machine is wanted; it ends by itself when nobody is there any more. */
export const machineLabel = { 'lab3.kind': 'machine' } as const;

/** Labels of a container: whose it is. The start time tells our process from a later one of the same pid. */
export async function ownerLabels(platform: NodeJS.Platform): Promise<Record<string, string>> {
  const own = await processInfo(platform, process.pid);
  return {
    lab3: '1',
    'lab3.host': hostname(),
    'lab3.pid': String(process.pid),
    'lab3.started': own?.started ?? '',
  };
}

/**
 * Removes containers, with their volumes, whose lab3 is gone: a dead process of this computer, or anybody's older
 * than an hour, which no build gets and no machine before its start. Returns how many. An engine may be shared: others'
 * live ones stay.
 */
export async function removeLeftovers(client: Client, platform: NodeJS.Platform): Promise<number> {
  const list = client.docker.listContainers({ all: true, filters: { label: [mark] } });
  let removed = 0;
  for (const { Id, Labels, Created, State } of await client.call('list containers', list)) {
    const running = State === 'running' && Labels['lab3.kind'] === machineLabel['lab3.kind'];
    const stale = !running && Date.now() - Created * 1000 >= staleMs;
    if (!stale && !(await isOrphan(Labels, platform))) continue;
    const gone = client.docker.getContainer(Id).remove({ force: true, v: true });
    // Another lab3 may be removing the same one.
    await client.call('remove a container', gone).then(
      () => {
        removed += 1;
      },
      () => {},
    );
  }
  return removed;
}

/** Volumes of ours, and whether a container has them: one that is read from is no leftover. */
export async function listVolumes({
  docker,
  call,
}: Pick<Client, 'docker' | 'call'>): Promise<LabelledVolume[]> {
  const [all, unused] = await Promise.all(
    [{ label: [mark] }, { label: [mark], dangling: ['true'] }].map((filters) => {
      // The types know no filters here.
      const query = { filters } as unknown as { abortSignal?: AbortSignal };
      return call('list volumes', docker.listVolumes(query));
    }),
  );
  const free = new Set((unused?.Volumes ?? []).map(({ Name }) => Name));
  return (all?.Volumes ?? []).map(({ Name, Labels, ...rest }) => {
    const { CreatedAt = '' } = rest as { CreatedAt?: string };
    return { Name, Labels: Labels ?? {}, createdMs: Date.parse(CreatedAt), inUse: !free.has(Name) };
  });
}

/** Whether the process of this computer that made a container is gone. */
export async function isOrphan(labels: Record<string, string>, platform: NodeJS.Platform): Promise<boolean> {
  const pid = Number(labels['lab3.pid']);
  if (labels['lab3.host'] !== hostname() || !Number.isSafeInteger(pid)) return false;
  return isGoneSince(platform, pid, labels['lab3.started'] ?? '');
}
