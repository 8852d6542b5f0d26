/** Numbers as people read them. */

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `61.0 MiB`; with `like`, in the unit that number would take, so that "12.0 of 61.0 MiB" can be said. */
export function bytes(count: number, like = count): string {
  const power = unitOf(like);
  return `${inUnit(count, power)} ${units[power] ?? 'B'}`;
}

export function bytesOf(done: number, total: number): string {
  const power = unitOf(total);
  return `${inUnit(done, power)} of ${inUnit(total, power)} ${units[power] ?? 'B'}`;
}

function unitOf(count: number): number {
  let power = 0;
  for (let rest = count; rest >= 1024 && power < units.length - 1; rest /= 1024) power += 1;
  return power;
}

function inUnit(count: number, power: number): string {
  const value = count / 1024 ** power;
  return power === 0 || value >= 100 ? value.toFixed(0) : value.toFixed(1);
}

/** `12 ms`, `0.3 s`, `14 s`, `2 min 5 s`, `1 h 4 min`. */
export function duration(ms: number): string {
  if (ms < 95) return `${Math.round(ms)} ms`;
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Groups of three with spaces, as ISO 80000 writes them: `10 000 000`. Takes decimal text of any length. */
export function grouped(value: string | number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ' ');
}

/** `1 file`, `2 files`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${grouped(number)} ${number === 1 ? one : many}`;
}
