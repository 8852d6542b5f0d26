/** The kernel's own judge of style, run as grading runs it. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { judgeStyle } from '../../grade/engine/style.ts';
import { sandboxBuilder } from '../../provision/builder/sandbox/sandbox.ts';
import { sandboxWorkshop } from '../../provision/builder/sandbox/workshop.ts';
import { requirePart } from '../require.ts';
import { realContext, trixieKernel } from './real-context.ts';

const context = realContext();
const sandbox = await sandboxBuilder(context).available();
const here = requirePart('the sandbox', sandbox.ok, sandbox.ok ? '' : sandbox.reason);

const judge = async (files: Record<string, string | Uint8Array>) =>
  judgeStyle(context, {
    files: new Map(Object.entries(files).map(([name, content]) => [name, Buffer.from(content)])),
    stock: await trixieKernel(context),
    workshop: sandboxWorkshop(context),
    mirror: undefined,
  });

test.runIf(here)('a source without a fault has none, and is as long as it is', async () => {
  const own = await readFile(new URL('../../module/lab3.c', import.meta.url));
  const lines = own.toString().split('\n').length - 1;
  expect(await judge({ 'lab3.c': own })).toEqual({ errors: 0, warnings: 0, checks: 0, lines, worst: [] });
});

test.runIf(here)('faults are said with file and line, and clean files beside them count', async () => {
  const clean = '/* SPDX-License-Identifier: GPL-2.0 */\n';
  const style = await judge({
    'src/a.h': clean,
    'src/b.c': '// SPDX-License-Identifier: GPL-2.0\nint x ;\n',
  });
  expect(style).toMatchObject({
    lines: 3,
    worst: expect.arrayContaining([expect.objectContaining({ file: 'src/b.c', line: 2 })]),
  });
});
