import { labError } from '../lab/errors.ts';

/** A library that is loaded when it is first needed. Where that fails, what it was to read is not to blame. */
export async function library<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    const problem = `its library ${name} cannot be loaded (${why})`;
    throw labError('InstallationDamaged', { problem }, { cause: error });
  }
}
