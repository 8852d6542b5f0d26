/** `lab3.yaml` in the working folder, or above the module's folder where somebody works in that. */
import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { defaultConfig, type LabConfig, parseConfig } from '../lab/config.ts';
import { LabError, labError } from '../lab/errors.ts';
import { usualReportFolder } from '../lab/names.ts';
import { writeAtomic } from '../provision/cache.ts';

export const configFileName = 'lab3.yaml';

export interface ConfigFile {
  /** Absent where there is no file yet. */
  readonly text: string | undefined;
  readonly config: LabConfig;
}

/**
 * Throws `ConfigInvalid` with each mistake's place.
 * @param shown what messages call the file
 */
export async function readConfigFile(cwd: string, shown = configFileName): Promise<ConfigFile> {
  let text: string;
  try {
    text = await readFile(join(cwd, configFileName), 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { text: undefined, config: defaultConfig() };
    if (code !== 'EISDIR') throw error;
    const problem = { line: 1, column: 1, text: 'this is a folder, not a file' };
    throw labError('ConfigInvalid', { file: shown, problems: [problem] }, { cause: error });
  }
  return { text, config: parseConfig(text, shown) };
}

/** How far above the module's folder its lab3.yaml may lie. */
const mostAbove = 4;

/** A lab whose module somebody works in. */
export interface LabAbove {
  /** Its lab3.yaml, as it is called from the working folder. */
  readonly file: string;
  /** With its paths as they are from the working folder. */
  readonly config: LabConfig;
}

/**
 * For commands that read lab3.yaml and do not write it: without one in the working folder, the nearest above whose module this
 * folder is. Who works among the sources means the same lab as who works beside them.
 *
 * Throws `ConfigInvalid` as `readConfigFile` does.
 */
export async function findConfig(cwd: string): Promise<LabConfig> {
  const { text, config } = await readConfigFile(cwd);
  return text === undefined ? ((await labAbove(cwd))?.config ?? config) : config;
}

/** Undefined where there is none, or where it means another module. */
export async function labAbove(cwd: string): Promise<LabAbove | undefined> {
  let above = dirname(cwd);
  for (let level = 0; level < mostAbove && above !== dirname(above); level += 1) {
    const file = shownPath(cwd, join(above, configFileName));
    const found = await readConfigFile(above, file).catch((error: unknown) => {
      // A folder above that may not be read is nobody's lab.
      if (error instanceof LabError) throw error;
      return undefined;
    });
    if (found === undefined) return undefined;
    if (found.text !== undefined) {
      const config = await within(cwd, above, found.config);
      return config && { file, config };
    }
    above = dirname(above);
  }
  return undefined;
}

/** Undefined where the module is another folder. */
async function within(cwd: string, above: string, config: LabConfig): Promise<LabConfig | undefined> {
  const { module, report } = config;
  if (module.dir === undefined) return undefined;
  // As the system spells them: a name may be written otherwise, or lead through a link.
  const real = (path: string) => realpath(path).catch(() => path);
  const dir = await real(resolve(above, module.dir));
  const here = await real(cwd);
  if (here !== dir && !here.startsWith(`${dir}${sep}`)) return undefined;
  // A folder below with a Makefile of its own is another module.
  const { namesModule } = await import('../provision/builder/source-files.ts');
  for (let at = here; at !== dir; at = dirname(at)) if (await namesModule(at)) return undefined;
  const fromHere = (path: string) => shownPath(cwd, resolve(above, path));
  // Any other box than a file is a name.
  const file = config.box === undefined ? undefined : resolve(above, config.box);
  const isFile = file !== undefined && (await stat(file).catch(() => undefined))?.isFile();
  return {
    ...config,
    module: { ...module, dir: fromHere(module.dir) },
    report: { ...report, out: fromHere(report.out ?? usualReportFolder) },
    ...(isFile ? { box: fromHere(file) } : {}),
  };
}

const shownPath = (from: string, to: string) => (relative(from, to) || '.').replaceAll(sep, '/');

/** Writes the configuration with all comments kept; answers whether anything changed. */
export async function writeConfigFile(cwd: string, file: ConfigFile, config: LabConfig): Promise<boolean> {
  const { writeConfig } = await import('../lab/config/write.ts');
  const text = writeConfig(file.text, config, configFileName);
  if (text === file.text) return false;
  await writeAtomic(join(cwd, configFileName), text);
  return true;
}
