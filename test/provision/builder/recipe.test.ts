import { expect, test } from 'vitest';
import { buildEnvironment, environmentOf, finishBuild } from '../../../provision/builder/recipe.ts';
import { stock } from '../kernel/stored-kernel.ts';

const source = { folder: 'lab', name: 'lab3', files: new Map(), originals: new Map(), notes: [], sha256: '' };
const compilation = {
  builder: 'sandbox',
  status: 2,
  output: '',
  timeLimitMs: 60_000,
  memoryLimitBytes: 2 ** 29,
  ko: undefined,
  elapsedMs: 1,
} as const;

test.each([
  ['out-of-memory', 'The compiler needed more than 512 MiB for lab3 and was stopped.'],
  ['too-slow', 'The build of lab3 was stopped after 60 s; a module of this size takes a few.'],
] as const)('%s says by which limit', (end, message) => {
  const emit = () => {};
  expect(() => finishBuild({ emit }, source, stock, { ...compilation, end })).toThrow(message);
});

test('make is told of the cross compiler where there is one: headers of bookworm do not know it', () => {
  const arm = { suite: 'bookworm', arch: 'arm64' } as const;
  expect(environmentOf(arm, 'amd64')).toEqual({ ...buildEnvironment, CROSS_COMPILE: 'aarch64-linux-gnu-' });
  expect(environmentOf(arm, 'arm64')).toEqual(buildEnvironment);
  expect(environmentOf({ suite: 'trixie', arch: 'amd64' }, 'arm64').CROSS_COMPILE).toBe('x86_64-linux-gnu-');
});
