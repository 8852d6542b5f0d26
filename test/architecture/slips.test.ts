import { describe, expect, it } from 'vitest';
import { exceptions } from './exceptions.ts';
import { type Rule, rules } from './slips.ts';
import { lineOf, parseSource, readSources, type Source, walk } from './sources.ts';

interface Slip {
  readonly rule: Rule;
  readonly file: string;
  readonly line: number;
}

function slipsIn(source: Source): Slip[] {
  const slips: Slip[] = [];
  walk(source.tree, (node, above) => {
    for (const rule of rules)
      if (rule.found(node, above, source))
        slips.push({ rule, file: source.file, line: lineOf(source, node) });
  });
  return slips;
}

const exceptionFor = ({ rule, file }: Slip) =>
  exceptions.find(
    (one) =>
      one.rule === rule.name && (one.where.endsWith('/') ? file.startsWith(one.where) : file === one.where),
  );

describe.each(rules)('the rule $name', (rule) => {
  const lines = (code: string) =>
    slipsIn(parseSource('rule.ts', code)).flatMap((slip) => (slip.rule === rule ? slip.line : []));

  it.each(rule.slips)('finds %j', (code) => {
    expect(new Set(lines(code))).toEqual(new Set([1]));
  });

  it.each(rule.fine)('leaves %j alone', (code) => {
    expect(lines(code)).toEqual([]);
  });
});

describe('the sources', async () => {
  const sources = await readSources();
  const slips = sources.flatMap(slipsIn);

  it.each(rules)('hold no slip of the kind $name', (rule) => {
    const told = slips
      .filter((slip) => slip.rule === rule && exceptionFor(slip) === undefined)
      .map(({ file, line }) => `${file}:${line}: ${rule.name}: ${rule.why}`);
    expect(told).toEqual([]);
  });

  it('need every exception that is made', () => {
    const needed = new Set(slips.map(exceptionFor));
    expect(exceptions.filter((one) => !needed.has(one))).toEqual([]);
  });

  it('are all of them', () => {
    expect(sources.map(({ file }) => file)).toContain('provision/guest/qemu/channels.ts');
    expect(sources.length).toBeGreaterThan(300);
  });
});
