import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { configSchema } from '../../lab/config/schema.ts';
import { writeConfig } from '../../lab/config/write.ts';
import { defaultConfig, overrideConfig, parseConfig } from '../../lab/config.ts';
import { LabError } from '../../lab/errors.ts';

const schema = z.fromJSONSchema(configSchema() as Parameters<typeof z.fromJSONSchema>[0]);
const fits = (text: string) => schema.safeParse(parse(text)).success;
function isRead(text: string): boolean {
  try {
    parseConfig(text, 'lab3.yaml');
    return true;
  } catch (error) {
    if (error instanceof LabError) return false;
    throw error;
  }
}

describe('the schema of lab3.yaml', () => {
  it('takes what setup writes', () => {
    const config = overrideConfig(defaultConfig(), {
      'module.dir': 'mine',
      'report.group': '3531',
      locks: 'own,none',
    });
    for (const text of [writeConfig(undefined, defaultConfig()), writeConfig(undefined, config)])
      expect(schema.safeParse(parse(text))).toMatchObject({ success: true });
  });

  it.each([
    'n_threads: 4',
    'n_threads: 0',
    'n_threads: ten',
    'n_times: 500_000',
    'n_times: 5e5',
    'n_thread: 4',
    'locks: own',
    'locks: [none, own]',
    'locks: none, own',
    'locks: [none, non]',
    'locks: nothing',
    'builder: dokcer',
    'builder: vm',
    'kernel: 6.12',
    'module:',
    'module: my-module',
    'module: {dir: mine, lock_values: {own: 1, none: false}}',
    'module: {params: {treads: n}}',
    'report: {group: 3531}',
    'sweep: {n_threads: [1, 2, 4], vcpus: 1}',
    'sweep: {n_threads: 1..8}',
    'sweep: {repeats: 0}',
  ])('judges as the tool does: %s', (text) => {
    expect(fits(text)).toBe(isRead(text));
  });

  it('says of each setting what it means', () => {
    const { properties } = configSchema() as { properties: Record<string, { description: string }> };
    for (const [name, { description }] of Object.entries(properties))
      expect(description, name).toMatch(/\S{3}/);
  });
});
