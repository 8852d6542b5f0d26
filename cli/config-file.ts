/** `lab3.yaml` in the working folder. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultConfig, type LabConfig, parseConfig } from '../lab/config.ts';
import { labError } from '../lab/errors.ts';
import { writeAtomic } from '../provision/cache.ts';

export const configFileName = 'lab3.yaml';

export interface ConfigFile {
  /** Absent where there is no file yet. */
  readonly text: string | undefined;
  readonly config: LabConfig;
}

/** Throws `ConfigInvalid` with each mistake's place. */
export async function readConfigFile(cwd: string): Promise<ConfigFile> {
  let text: string;
  try {
    text = await readFile(join(cwd, configFileName), 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { text: undefined, config: defaultConfig() };
    if (code !== 'EISDIR') throw error;
    const problem = { line: 1, column: 1, text: 'this is a folder, not a file' };
    throw labError('ConfigInvalid', { file: configFileName, problems: [problem] }, { cause: error });
  }
  return { text, config: parseConfig(text, configFileName) };
}

/** Writes the configuration with all comments kept; answers whether anything changed. */
export async function writeConfigFile(cwd: string, file: ConfigFile, config: LabConfig): Promise<boolean> {
  const { writeConfig } = await import('../lab/config/write.ts');
  const text = writeConfig(file.text, config, configFileName);
  if (text === file.text) return false;
  await writeAtomic(join(cwd, configFileName), text);
  return true;
}
