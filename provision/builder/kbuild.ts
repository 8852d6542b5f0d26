/**
 * Kbuild's top-level Makefile asks the compiler some thirty times which flags it knows, and half of a small module's
 * build goes by before anything is compiled. The answers hang on the kernel and the compiler alone. So it is asked once
 * for the makes that it would call, and with which environment; afterwards these are called directly, and do what they
 * always do. What they are: Documentation/kbuild/makefiles.rst.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { cachePath, writeAtomic } from '../cache.ts';
import type { Context } from '../context.ts';
import { buildIdentity, type Kernel } from '../kernel/kernel.ts';
import { shellWord } from '../shell-word.ts';
import { buildFolder } from './diagnostics.ts';
import { makeArguments, makeCommand, recipeRevision } from './recipe.ts';
import { toolchainRevision } from './toolchain.ts';

/** The makes of one kernel's external modules. `placeholder` stands for the module's name in all of it. */
export interface KbuildPlan {
  readonly folder: string;
  /** What `export -p` says in the first of them: names and quoted values, a shell script. */
  readonly environment: string;
  /** Of each make its arguments, in their order. */
  readonly makes: readonly (readonly string[])[];
  /** What is linked into every module of this kernel, and is none of theirs; absent where there is no such thing. */
  readonly common?: { readonly objectBase64: string; readonly command: string } | undefined;
}

const placeholder = 'lab3_some_module';
const begin = 'lab3-kbuild-begin';
const call = 'lab3-kbuild-call';
const end = 'lab3-kbuild-end';
/** Of kernels from 6.12 on; `scripts/Makefile.modfinal` compiles it for each module anew, a quarter of the whole. */
const commonObject = '.module-common.o';

/** Stands in for make. Whatever the top-level Makefile calls is noted, not done; its own second reading of itself is done. */
const recorder = `case "$*" in
*/scripts/Makefile.*) ;;
*) exec make "$@" ;;
esac
echo ${begin}; pwd
unset MAKE MFLAGS MAKEFLAGS PWD OLDPWD HOSTNAME; export -p
echo ${call}; for word; do printf '%s\\n' "$word"; done
echo ${end}`;

/** A dry run, so that nothing is made: no source of anybody's is in the folder. To be run as a build is. */
export function planCommand(kernel: Kernel): string[] {
  const script = `folder=$1; shift; mkdir -p "$folder" && cat >"$folder/make" <<'end of file' && exec make -n "MAKE=sh $folder/make" "$@"
${recorder}
end of file`;
  return ['sh', '-c', script, 'sh', buildFolder(placeholder), ...makeArguments(placeholder, kernel)];
}

const mostBytes = 96 * 1024;
/** Of a make's arguments: a Makefile of the kernel's own, or an assignment. */
const sane = /^(?:-f|(?:\.|\/usr\/src\/[\w.+-]+)\/scripts\/Makefile\.\w+|[\w-]+=[\w.+/ -]*)$/;

/** What such a run printed. Undefined where it is not what is known of Kbuild: then a build asks the top-level Makefile. */
export function readPlan(output: string): KbuildPlan | undefined {
  const parts = output.split(`${begin}\n`).slice(1);
  const makes: string[][] = [];
  let first: { folder: string; environment: string } | undefined;
  for (const part of parts) {
    const [head, rest] = part.split(`${call}\n`);
    const words = rest?.split(`${end}\n`)[0]?.split('\n').slice(0, -1);
    const cut = head?.indexOf('\n') ?? -1;
    if (head === undefined || words === undefined || cut < 0) return undefined;
    const said = { folder: head.slice(0, cut), environment: head.slice(cut + 1) };
    first ??= said;
    if (said.folder !== first.folder || said.environment !== first.environment) return undefined;
    if (!words.every((word) => sane.test(word)) || words[0] !== '-f') return undefined;
    makes.push(words);
  }
  const files = makes.map(([, file]) => file?.replace(/^.*\/Makefile\./, ''));
  if (first === undefined || files.join(' ') !== 'build modpost modfinal') return undefined;
  if (!/^\/usr\/src\/[\w.+-]+$/.test(first.folder) || first.environment.length > mostBytes) return undefined;
  return { ...first, makes };
}

/** Makes what is the same for all modules, by Kbuild's own rule and where no source is. To be run as a build is. */
export function commonCommand(kernel: Kernel, { folder, environment, makes }: KbuildPlan): string[] {
  const [, , ...settings] = makeArguments(placeholder, kernel).slice(0, -1);
  const words = (makes.at(-1) ?? []).map(shellWord).join(' ');
  const place = buildFolder(placeholder);
  const script = [
    `mkdir -p ${place} && : >${place}/modules.order && cd ${shellWord(folder)} || exit`,
    environment,
    `make -rR --no-print-directory "$@" ${words} ${place}/${commonObject} >/dev/null || exit`,
    `echo ${begin}; grep ^savedcmd_ ${place}/.${commonObject}.cmd`,
    `echo ${call}; base64 -w 0 ${place}/${commonObject}; echo`,
    `echo ${end}`,
  ].join('\n');
  return ['sh', '-c', script, 'sh', ...settings];
}

/** What that printed. Undefined where this kernel has nothing of the kind. */
export function readCommon(output: string): KbuildPlan['common'] {
  const found = new RegExp(
    `^${begin}\n(savedcmd_${buildFolder(placeholder)}/${commonObject} := [^\n]{1,20000})\n${call}\n([A-Za-z0-9+/]+={0,2})\n${end}$`,
    'm',
  ).exec(output);
  const [, command, objectBase64] = found ?? [];
  return command === undefined || objectBase64 === undefined ? undefined : { command, objectBase64 };
}

/**
 * Files to lie beside a module's source before its build, by name: make finds them made by the very command that it would
 * call, and goes on.
 */
export function plannedFiles(module: string, plan: KbuildPlan | undefined): ReadonlyMap<string, Uint8Array> {
  if (plan?.common === undefined) return new Map();
  const { objectBase64, command } = plan.common;
  return new Map([
    [commonObject, Buffer.from(objectBase64, 'base64')],
    [`.${commonObject}.cmd`, Buffer.from(`${command.replaceAll(placeholder, module)}\n`)],
  ]);
}

/** The build of a module: by these makes alone, or by the top-level Makefile where there is no plan. */
export function buildCommand(module: string, kernel: Kernel, plan: KbuildPlan | undefined): string[] {
  if (plan === undefined) return makeCommand(module, kernel);
  const { folder, environment, makes } = plan;
  // -C is the folder's, and the target the top-level Makefile's.
  const [, , ...settings] = makeArguments(module, kernel).slice(0, -1);
  const calls = makes.map(
    (words) => `make -rR --no-print-directory "$@" ${words.map(shellWord).join(' ')} || exit`,
  );
  const script = [`cd ${shellWord(folder)} || exit`, environment, ...calls].join('\n');
  return ['sh', '-c', script.replaceAll(placeholder, module), 'sh', ...settings];
}

const planSchema = z.object({
  folder: z.string(),
  environment: z.string(),
  makes: z.array(z.array(z.string())),
  common: z.object({ objectBase64: z.string(), command: z.string() }).optional(),
});

/** Of what is kept: others of it are asked for anew. */
const format = 2;

/**
 * From the cache, or asked for. Undefined where it cannot be had; a build then does without.
 *
 * @param machine the architecture of the programs that build
 * @param ask runs a command as a build would be, and answers with what it printed
 */
export async function kbuildPlan(
  context: Context,
  kernel: Kernel,
  machine: string,
  ask: (command: string[]) => Promise<string>,
): Promise<KbuildPlan | undefined> {
  const identity = [format, ...buildIdentity(kernel), machine, recipeRevision, toolchainRevision];
  const key = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32);
  const file = cachePath(context, 'kbuild', `${key}.json`);
  try {
    return planSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    // Absent or damaged: it is asked for again.
  }
  const makes = readPlan(await ask(planCommand(kernel)));
  const plan = makes && { ...makes, common: readCommon(await ask(commonCommand(kernel, makes))) };
  // What cannot be kept is asked for the next time too.
  if (plan !== undefined) await writeAtomic(file, JSON.stringify(plan)).catch(() => undefined);
  return plan;
}
