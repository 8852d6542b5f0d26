import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isDeviceName, portablePaths } from '../../lab/portable-names.ts';

const portable = (...paths: string[]) => [...portablePaths(paths).values()];

describe('names for every file system', () => {
  it('leaves usual ones as they are', () => {
    const usual = [
      'lab3.c',
      'Kbuild',
      'src/main.c',
      'src/list-head.h',
      'console.c',
      'auxiliary.c',
      'com10.c',
    ];
    expect(portable(...usual)).toEqual(usual);
  });

  it('has no devices of Windows', () => {
    expect(portable('aux.c', 'CON', 'src/nul.h', 'com1.tar.gz', 'prn/x.c')).toEqual([
      'aux_.c',
      'CON_',
      'src/nul_.h',
      'com1_.tar.gz',
      'prn_/x.c',
    ]);
    expect(['aux', 'Aux.c', 'NUL.', 'con ', 'lpt9.x'].map(isDeviceName)).toEqual(Array(5).fill(true));
    expect(['auxx', 'x.aux', 'com', 'console'].map(isDeviceName)).toEqual(Array(4).fill(false));
  });

  it('has no dot or space at the end, and no letters that mean something', () => {
    expect(portable('a.', 'b ', 'what?.c', 'x:y.c')).toEqual(['a_', 'b_', 'what_.c', 'x_y.c']);
  });

  it('tells apart what differs in case alone, or in how a letter is put together', () => {
    expect(portable('Lab.c', 'lab.c', 'LAB.c', 'lab_2.c')).toEqual([
      'Lab.c',
      'lab_2.c',
      'LAB_3.c',
      'lab_2_2.c',
    ]);
    expect(portable('\u0439.c', '\u0438\u0306.c')[1]).toBe('\u0438\u0306_2.c');
  });

  it('never gives one name twice, nor one that Windows reads otherwise', () => {
    const name = fc.stringMatching(/^[aAuUxX.cC_2 :]{1,6}$/).filter((text) => !/^\.{1,2}$/.test(text));
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 12 }), (names) => {
        const found = portable(...names);
        expect(new Set(found.map((one) => one.toLowerCase())).size).toBe(names.length);
        for (const one of found) {
          expect(isDeviceName(one)).toBe(false);
          expect(one).not.toMatch(/[<>:"|?*\\]|[ .]$/);
        }
      }),
    );
  });
});
