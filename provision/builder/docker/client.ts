/** A Docker engine as the builder drives it: dockerode, loaded when needed, its failures in our words. */
import type Dockerode from 'dockerode';
import { LabError, labError } from '../../../lab/errors.ts';
import { connection, type Engine } from './engine.ts';

/** Calls that only ask or tell; those that work for long have deadlines of their own. */
const callDeadlineMs = 60_000;

export interface Client {
  readonly engine: Engine;
  readonly docker: Dockerode;
  /**
   * Waits for one call. Throws Interrupted, DockerEngineLost when the engine is gone or silent, and DockerRefused
   * when it answers with an error.
   *
   * @param what goes on "refused to …"
   */
  call<T>(what: string, promise: Promise<T>, deadlineMs?: number): Promise<T>;
}

export async function connect(engine: Engine, signal: AbortSignal): Promise<Client> {
  const { default: Docker } = await import('dockerode');
  const target = connection(engine);
  if (target === undefined) throw lost(engine, 'its address is of a kind that is not spoken here');
  const { ca, cert, key, ...where } = { ca: undefined, cert: undefined, key: undefined, ...target };
  const tls = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
  return {
    engine,
    // Said in full, because what is left out is taken from DOCKER_HOST, which may name another engine.
    docker: new Docker({ host: '', protocol: 'http', ...where, ...tls }),
    async call(what, promise, deadlineMs = callDeadlineMs) {
      let timer: NodeJS.Timeout | undefined;
      let interrupt: (() => void) | undefined;
      const ended = new Promise<never>((_resolve, reject) => {
        const seconds = deadlineMs / 1000;
        timer = setTimeout(
          () => reject(lost(engine, `no answer within ${seconds} s to: ${what}`)),
          deadlineMs,
        );
        interrupt = () => reject(labError('Interrupted', undefined));
        if (signal.aborted) interrupt();
        else signal.addEventListener('abort', interrupt, { once: true });
      });
      try {
        return await Promise.race([promise, ended]);
      } catch (error) {
        throw translate(engine, what, error);
      } finally {
        clearTimeout(timer);
        if (interrupt !== undefined) signal.removeEventListener('abort', interrupt);
        // Whoever loses the race must not end the process as an unhandled rejection.
        promise.catch(() => {});
      }
    },
  };
}

/** HTTP status of an engine's answer, or undefined when there was no answer. */
export function statusOf(error: unknown): number | undefined {
  const { statusCode } = error as { statusCode?: unknown };
  return typeof statusCode === 'number' ? statusCode : undefined;
}

function translate(engine: Engine, what: string, error: unknown): LabError {
  if (error instanceof LabError) return error;
  const status = statusOf(error);
  const { json, message } = error as { json?: { message?: unknown }; message: string };
  if (status === undefined) return lost(engine, message, error);
  const reason = typeof json?.message === 'string' ? json.message : message;
  return labError(
    'DockerRefused',
    { endpoint: engine.address, what, reason: reason.trim().slice(0, 500), status },
    { cause: error },
  );
}

export function lost(engine: Engine, reason: string, cause?: unknown): LabError {
  return labError('DockerEngineLost', { endpoint: engine.address, reason }, { cause });
}
