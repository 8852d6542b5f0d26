/** Tests that compile and boot need packages: from the cache that all tests share, filled here the first time. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requirePart } from '../require.ts';
import { lab3 } from './tool.ts';

mkdirSync(tmpdir(), { recursive: true });
const folder = mkdtempSync(join(tmpdir(), 'lab3-e2e-'));
const built = await lab3(['build', '--json'], { cwd: folder, deadlineMs: 900_000 });
rmSync(folder, { recursive: true, force: true });

export const hasMachine = requirePart(
  'A builder and its packages',
  built.code === 0,
  `lab3 build ended with ${built.code}: ${built.stderr.trim().split('\n').slice(-12).join(' | ')}`,
);
