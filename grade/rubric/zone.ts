/** Local times of a time zone, by Intl alone. */

const local = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d))?(Z|[+-]\d\d:\d\d)?$/;
const day = 86_400_000;

export function isTimeZone(name: string): boolean {
  // Node takes offsets (`+03:00`) for zones; they know no summer time, which is what a zone is asked for.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

export function timeZones(): readonly string[] {
  return ['UTC', ...Intl.supportedValuesOf('timeZone')];
}

/**
 * Milliseconds since 1970 of a date with a time. Without an offset of its own it is local in `timeZone`; where the
 * clocks are set back, and an hour comes twice, or set forward, and it never comes, the later reading counts.
 */
export function instantOf(text: string, timeZone: string): number | undefined {
  const [, ...parts] = local.exec(text) ?? [];
  if (parts.length === 0) return undefined;
  const [year = 0, month = 0, date = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(0, 6)
    .map((part) => Number(part ?? 0));
  const plain = Date.UTC(year, month - 1, date, hour, minute, second);
  const back = new Date(plain);
  const same = back.getUTCMonth() === month - 1 && back.getUTCDate() === date && back.getUTCHours() === hour;
  if (!same || year < 1970 || minute > 59 || second > 59) return undefined;
  const offset = parts[6];
  if (offset === 'Z') return plain;
  if (offset !== undefined) {
    const [hours = 0, minutes = 0] = offset.slice(1).split(':').map(Number);
    if (hours > 14 || minutes > 59) return undefined;
    return plain - (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
  }
  const readings = [plain - day, plain + day].map((near) => plain - offsetAt(near, timeZone));
  const right = readings.filter((instant) => instant + offsetAt(instant, timeZone) === plain);
  return Math.max(...(right.length > 0 ? right : readings));
}

/** Milliseconds that the zone's clocks are before UTC at that moment. */
function offsetAt(instant: number, timeZone: string): number {
  const shown = Object.fromEntries(
    new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day: date = 1, hour = 0, minute = 0, second = 0 } = shown;
  return Date.UTC(year, month - 1, date, hour, minute, second) - Math.floor(instant / 1000) * 1000;
}
