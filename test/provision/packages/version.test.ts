import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareVersions, satisfies } from '../../../provision/packages/version.ts';

describe('the order of versions', () => {
  test.each([
    ['1.0~rc1', '1.0'],
    ['1.0~~', '1.0~~a'],
    ['1.0~~a', '1.0~'],
    ['1.0', '1.0a'],
    ['1.0a', '1.0+b'],
    ['1.0-1', '1.0-2'],
    ['1.0-1', '1.0-1+b1'],
    ['1.0-1+b1', '1.0-1.1'],
    ['1.9', '1.10'],
    ['2.0', '1:0.1'],
    ['6.1.0-9', '6.1.0-56'],
    ['6.12.107-1', '6.12.117-1'],
    ['6.12.117-1~bpo12+1', '6.12.117-1'],
    ['1.2', '1.2-1'],
    ['0', '0a'],
    ['1-1', '1-a-1'],
  ])('%s is older than %s', (older, newer) => {
    expect(compareVersions(older, newer)).toBeLessThan(0);
    expect(compareVersions(newer, older)).toBeGreaterThan(0);
  });

  test.each([
    ['1.0', '1.0-0'],
    ['0:1.0', '1.0'],
    ['1.00', '1.0'],
    ['1.0-01', '1.0-1'],
  ])('%s equals %s', (a, b) => {
    expect(compareVersions(a, b)).toBe(0);
  });

  const part = fc.string({ unit: fc.constantFrom(...'019aZ.+~'), minLength: 1, maxLength: 8 });
  const version = fc
    .tuple(fc.option(fc.nat(3)), part, fc.option(part))
    .map(([epoch, upstream, revision]) =>
      [epoch === null ? '' : `${epoch}:`, upstream, revision === null ? '' : `-${revision}`].join(''),
    );

  test('is total, antisymmetric and transitive', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(compareVersions(a, a)).toBe(0);
        expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) + 0);
        const [x = '', y = '', z = ''] = [a, b, c].sort(compareVersions);
        expect(compareVersions(x, y)).toBeLessThanOrEqual(0);
        expect(compareVersions(y, z)).toBeLessThanOrEqual(0);
        expect(compareVersions(x, z)).toBeLessThanOrEqual(0);
      }),
    );
  });

  test('a tilde comes before everything, anything else after', () => {
    fc.assert(
      fc.property(version, part, (v, more) => {
        expect(compareVersions(`${v}~${more}`, v)).toBeLessThan(0);
        expect(compareVersions(`${v}+${more}`, v)).toBeGreaterThan(0);
      }),
    );
  });
});

test('relations hold as their operators say', () => {
  const versions = ['1', '2', '3'];
  const holding = (operator: '<<' | '<=' | '=' | '>=' | '>>') =>
    versions.filter((v) => satisfies(v, operator, '2')).join('');
  expect([holding('<<'), holding('<='), holding('='), holding('>='), holding('>>')]).toEqual([
    '1',
    '12',
    '2',
    '23',
    '3',
  ]);
});
