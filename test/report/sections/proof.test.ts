import { describe, expect, it } from 'vitest';
import { parseCheck } from '../../../lab/check/document.ts';
import { LabError } from '../../../lab/errors.ts';
import { conclude, proofSections } from '../../../report/sections/proof.ts';
import { sampleResult } from '../sample.ts';
import { race, sampleCheck } from '../sample-check.ts';

const { sourceSha256 } = sampleResult().build;
const text = (check = sampleCheck(), source = sourceSha256) =>
  JSON.stringify(proofSections({ check }, source));

describe('the section Proof', () => {
  it('is there when a check is', () => {
    expect(proofSections(undefined, sourceSha256)).toEqual([]);
    expect(proofSections({ check: sampleCheck() }, sourceSha256).map(({ id }) => id)).toEqual(['proof']);
  });

  it('says the race without the lock with its lines, and nothing with it', () => {
    expect(conclude(sampleCheck())).toEqual({
      tone: 'good',
      title: 'The lock does what it is for',
      sentences: [
        'Without a lock a data race was seen at lab3.c:186 and lab3.c:181, in 2 of 2 runs.',
        'With lock own: nothing in 2 runs.',
      ],
    });
  });

  it('names what is wrong under the lock', () => {
    const check = sampleCheck({ findings: [race({ severity: 'error', runs: [4] }), race()] });
    expect(conclude(check)).toMatchObject({ tone: 'bad', title: 'Faults were found' });
    expect(conclude(check).sentences.at(-1)).toBe('With lock own: data-race in 2 runs.');
  });

  it('does not call it proof that nothing was seen anywhere', () => {
    expect(conclude(sampleCheck({ findings: [] }))).toMatchObject({ tone: 'unknown' });
  });

  it('keeps the kernel’s own words one click away', () => {
    const blocks = proofSections({ check: sampleCheck() }, sourceSha256)[0]?.blocks ?? [];
    const folds = blocks.filter(({ kind }) => kind === 'fold');
    expect(folds).toHaveLength(1);
    expect(JSON.stringify(folds)).toContain('BUG: KCSAN');
  });

  it('of another source is out of date, and shows nothing as proof', () => {
    const stale = text(sampleCheck(), 'f'.repeat(64));
    expect(stale).toContain('Out of date');
    expect(stale).not.toContain('lab3.c:186');
  });

  it('that cannot be read says so', () => {
    expect(JSON.stringify(proofSections({ problem: 'no JSON' }, sourceSha256))).toContain('no JSON');
  });
});

describe('check.json', () => {
  const nameOf = (json: unknown) => {
    try {
      return parseCheck(json, 'check.json').schema;
    } catch (error) {
      return error instanceof LabError ? error.name : error;
    }
  };

  it('is read as it was written', () => {
    expect(parseCheck(JSON.parse(JSON.stringify(sampleCheck())), 'check.json')).toEqual(sampleCheck());
  });

  it.each([
    [{}, 'CheckInvalid'],
    [null, 'CheckInvalid'],
    [{ ...sampleCheck(), schema: 'lab3.check/2' }, 'CheckTooNew'],
    [{ ...sampleCheck(), schema: 'lab3.result/1' }, 'CheckInvalid'],
    [{ ...sampleCheck(), findings: [{ ...race(), kind: 'luck' }] }, 'CheckInvalid'],
    [{ ...sampleCheck(), runs: [{ expected: 80_000 }] }, 'CheckInvalid'],
  ])('%#', (json, name) => {
    expect(nameOf(json)).toBe(name);
  });
});
