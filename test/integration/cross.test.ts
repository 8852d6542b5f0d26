/**
 * The proof on a guest of the other architecture, all of it emulated: its checked kernel is cross-compiled, the module
 * too, and what is found is what this computer's own architecture finds. With LAB3_TEST_KERNELS set, as kernels.test.ts,
 * whose kernel it shares.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { CheckDocument } from '../../lab/check/document.ts';
import type { Architecture } from '../../lab/names.ts';
import { buildCheckedKernel } from '../../provision/kernel/build.ts';
import { provideKernel } from '../../provision/kernel/provide.ts';
import { checkCorpusModule } from '../corpus/run.ts';
import { checkedKernel, checkedKernelTimeout, realContext } from './real-context.ts';

const context = realContext();
const arch: Architecture = context.hostArch === 'amd64' ? 'arm64' : 'amd64';
const folder = fileURLToPath(new URL('../../module', import.meta.url));

const racing = ({ findings }: CheckDocument): string[] =>
  findings
    .filter(({ kind }) => kind === 'data-race')
    .flatMap(({ places }) => places.map(({ file, line }) => `${file}:${line}`))
    .toSorted();

test(
  `on ${arch} the race is seen at the lines where ${context.hostArch} sees it, and with the own lock nothing is`,
  async () => {
    const stock = await provideKernel(context, { suite: 'trixie', arch });
    const other = await buildCheckedKernel(context, { kind: 'checked', stock, builder: 'auto' });
    const document = await checkCorpusModule(context, { checked: other }, { folder });
    const lines = (await readFile(join(folder, 'lab3.c'), 'utf8')).split('\n');
    const increment = lines.findIndex((line) => line.includes('*total = seen + amount;')) + 1;
    expect(racing(document)).toContain(`lab3.c:${increment}`);
    expect(document.debugInfo).toBe(true);
    expect(document.findings.filter(({ severity }) => severity !== 'note')).toEqual([]);
    expect(document.runs.map(({ reached }) => reached)).toEqual(document.runs.map(() => 'unloaded'));
    const locked = document.runs.filter(({ lock, shape }) => lock === 'own' && shape === 'whole');
    expect(locked.length).toBeGreaterThan(0);
    expect(locked.map(({ final }) => final)).toEqual(locked.map(({ expected }) => expected));

    const here = await checkCorpusModule(context, { checked: await checkedKernel(context) }, { folder });
    expect(racing(document)).toEqual(racing(here));
  },
  checkedKernelTimeout,
);
