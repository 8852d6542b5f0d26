/** A result of the defaults as `lab3 setup` made it: two virtual CPUs, emulated. */
import { readFile } from 'node:fs/promises';
import { parseResult, type Result } from '../../lab/result.ts';
import type { Screenshots } from '../../report/sections/screenshots.ts';

export interface Recorded {
  readonly result: Result;
  readonly dmesg: string;
  readonly screenshots: Screenshots;
}

export async function recorded(): Promise<Recorded> {
  const file = (name: string) => readFile(new URL(`data/default/${name}`, import.meta.url));
  const json = await file('result.json');
  return {
    result: parseResult(JSON.parse(json.toString()), 'result.json'),
    dmesg: (await file('dmesg.txt')).toString(),
    screenshots: new Map([
      ['no_spinlock', await file('no_spinlock.png')],
      ['spinlock', await file('spinlock.png')],
    ]),
  };
}
