/** The actions of `lab3 kernel`. */
import { join, resolve } from 'node:path';
import { labError } from '../lab/errors.ts';
import { step } from '../lab/events.ts';
import { type CheckedKind, checkedKinds } from '../lab/names.ts';
import { quote } from '../lab/options.ts';
import type { Context } from '../provision/context.ts';
import type { StoredKernel } from '../provision/kernel/checked-store.ts';
import type { Input, Tools } from './command.ts';
import { fetchKernel, readConfig } from './lab.ts';
import { exportedText, kernelRow, kernelsText, kernelText } from './ui/kernels.ts';

export async function buildKernels(input: Input, tools: Tools): Promise<void> {
  const { cwd, ui } = tools;
  const { buildCheckedKernel } = await import('../provision/kernel/build.ts');
  const { storedKernels } = await import('../provision/kernel/checked-store.ts');
  const kind = kindOf(input);
  const context = await tools.context();
  const config = await readConfig(cwd, input.settings);
  const stock = await fetchKernel(context, config);
  const { builder, mirror } = config;
  const fresh = input.switches.has('--again');
  const built = await buildCheckedKernel(context, { kind, stock, builder, mirror, fresh });
  const stored = (await storedKernels(context)).find(({ folder }) =>
    built.image.startsWith(join(folder, '/')),
  );
  await ui.settle();
  if (stored === undefined) throw new Error('the kernel that was built is not in the cache');
  show(tools, stored, 'Built');
}

export async function listKernels(_input: Input, { ui, context }: Tools): Promise<void> {
  const { storedKernels } = await import('../provision/kernel/checked-store.ts');
  const { isCurrent } = await import('../provision/kernel/checked.ts');
  const stored = await storedKernels(await context());
  const found = await Promise.all(
    stored.map(async (kernel) => ({ ...kernel, current: await isCurrent(kernel) })),
  );
  await ui.settle();
  const rows = () => found.map((kernel) => ({ ...kernelRow(kernel), current: kernel.current }));
  if (ui.options.json) ui.print(JSON.stringify({ kernels: rows() }, null, 2));
  else ui.print(kernelsText(found, ui.terminal, ui.style));
}

export async function exportKernels(input: Input, tools: Tools): Promise<void> {
  const { cwd, ui } = tools;
  const { findCheckedKernel, estimateBuild } = await import('../provision/kernel/checked.ts');
  const { exportKernel, fileNameOf } = await import('../provision/kernel/transfer.ts');
  const kind = kindOf(input);
  const context = await tools.context();
  const stock = await fetchKernel(context, await readConfig(cwd, input.settings));
  const stored = await findCheckedKernel(context, { kind, stock });
  if (stored === undefined) {
    const minutes = Math.max(1, Math.round(estimateBuild(kind).seconds / 60));
    throw labError('CheckedKernelMissing', { kind, version: stock.version, arch: stock.arch, minutes });
  }
  const file = resolve(cwd, input.arguments[1] ?? fileNameOf(stored.manifest));
  const exported = await step(context.emit, 'Writing the kernel file', () => exportKernel(stored, file));
  await ui.settle();
  if (ui.options.json) ui.print(JSON.stringify({ ...exported, kernel: kernelRow(stored) }, null, 2));
  else ui.print(exportedText(exported, stored, ui.style));
}

export async function importKernels(input: Input, tools: Tools): Promise<void> {
  const [, name] = input.arguments;
  if (name === undefined) {
    const problem = 'import takes the path of a file';
    throw labError('CommandLineInvalid', { problem, nearest: undefined, command: 'kernel' });
  }
  const { importKernel } = await import('../provision/kernel/transfer.ts');
  const context = await tools.context();
  const sha256 = sumOf(input);
  const file = resolve(tools.cwd, name);
  const stored = await step(context.emit, 'Taking the kernel in', () =>
    importKernel(context, file, { sha256 }),
  );
  warnOfArchitecture(context, stored);
  await tools.ui.settle();
  show(tools, stored, 'Took in');
}

function warnOfArchitecture(context: Context, { manifest }: StoredKernel): void {
  if (manifest.arch === context.hostArch) return;
  const text = `This kernel is for ${manifest.arch} and this computer is ${context.hostArch}: it is used where lab3.yaml says \`arch: ${manifest.arch}\`.`;
  context.emit({ type: 'warning', text });
}

function show({ ui }: Tools, stored: StoredKernel, verb: string): void {
  if (ui.options.json) ui.print(JSON.stringify({ kernel: kernelRow(stored) }, null, 2));
  else ui.print(kernelText(verb, stored, ui.style));
}

function kindOf({ values }: Input): CheckedKind {
  const given = values.get('--kind');
  return checkedKinds.find((kind) => kind === given) ?? 'checked';
}

function sumOf({ values }: Input): string | undefined {
  const given = values.get('--sha256');
  if (given === undefined || /^[0-9a-f]{64}$/i.test(given)) return given;
  const allowed = '64 hexadecimal digits, as `lab3 kernel export` prints them';
  throw labError('FlagInvalid', {
    flag: '--sha256',
    problem: `is ${quote(given)}`,
    value: quote(given),
    allowed,
  });
}
