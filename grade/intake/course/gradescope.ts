/** `submission_metadata.yml` of a Gradescope export: who is behind each folder. Ruby wrote it, with keys like `:name`. */
import type { Identity } from '../submission.ts';
import type { Naming } from './class-entry.ts';

export const metadataName = 'submission_metadata.yml';

/** By the folder's name. @throws Error in words for what is no such file */
export async function readMetadata(text: string): Promise<Map<string, Naming>> {
  const { parse } = (await import('yaml')).default;
  const document: unknown = parse(text, { logLevel: 'error', maxAliasCount: 10_000, schema: 'core' });
  const folders = recordOf(document);
  if (folders === undefined) throw new Error('it does not name a single submission');
  return new Map(
    Object.entries(folders).map(([folder, value]) => {
      const submission = recordOf(value) ?? {};
      const submitters = field(submission, 'submitters');
      const people = Array.isArray(submitters) ? submitters.map(personOf) : [];
      const submittedAt = timeOf(field(submission, 'created_at'));
      return [
        folder,
        {
          group: `gradescope:${folder}`,
          people: people.length > 0 ? people : [{ name: folder, identities: {} }],
          ...(submittedAt === undefined ? {} : { submittedAt }),
        },
      ];
    }),
  );
}

function personOf(value: unknown, at: number): Identity {
  const submitter = recordOf(value) ?? {};
  const told = (name: string) => {
    const found = field(submitter, name);
    return typeof found === 'string' || typeof found === 'number' ? String(found).trim() : '';
  };
  const identities = Object.entries({ sid: told('sid'), email: told('email') }).filter(([, id]) => id !== '');
  return {
    name: told('name') || told('email') || `submitter ${at + 1}`,
    identities: Object.fromEntries(identities),
  };
}

function recordOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

const field = (record: Record<string, unknown>, name: string): unknown => record[`:${name}`] ?? record[name];

/** `2024-09-18 21:33:22.471812000 Z`, or Rails' time with its zone, which holds the same as `utc`. */
function timeOf(value: unknown): string | undefined {
  const text = typeof value === 'string' ? value : field(recordOf(value) ?? {}, 'utc');
  const [, date, time, zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d+)? ?(Z|[+-]\d\d:\d\d)?$/.exec(String(text).trim()) ?? [];
  const at = new Date(`${date}T${time}${zone}`);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}
