/** Steps of grading one submission: what an earlier process finished is taken from it, what fails by this computer is said. */
import { LabError } from '../../lab/errors.ts';
import type { ComputerError } from './evidence.ts';
import type { GradeRequest } from './request.ts';

export interface Steps {
  readonly errors: readonly ComputerError[];
  /**
   * The result of a step: from before, or of `work`, which is then told. Undefined where this computer failed, which is
   * added to the errors; such a step is not finished, and is tried again by the next process. Interruptions and bugs of
   * ours pass through.
   */
  take<T>(name: string, concerns: ComputerError['concerns'], work: () => Promise<T>): Promise<T | undefined>;
  /** Whether this computer failed so often at it that trying on would only cost time. */
  hopeless(concerns: ComputerError['concerns']): boolean;
  fail(error: ComputerError): void;
}

const mostFailures = 2;

export function stepsOf({ done, onStep }: Pick<GradeRequest, 'done' | 'onStep'>): Steps {
  const errors: ComputerError[] = [];
  return {
    errors,
    hopeless: (concerns) => errors.filter((one) => one.concerns === concerns).length >= mostFailures,
    fail: (error) => errors.push(error),
    async take<T>(name: string, concerns: ComputerError['concerns'], work: () => Promise<T>) {
      if (done?.has(name)) return done.get(name) as T;
      let result: T;
      try {
        result = await work();
      } catch (error) {
        if (!(error instanceof LabError) || error.fault === 'interrupted') throw error;
        errors.push({ name: error.name, message: error.message, concerns });
        return undefined;
      }
      // Outside: a journal that cannot be written is no fault of this submission's step.
      await onStep?.(name, result);
      return result;
    },
  };
}
