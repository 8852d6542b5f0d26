/** What the operating system says, in the catalogue's words: the one place that knows its codes. */
import { LabError, labError } from '../lab/errors.ts';

interface SystemError {
  readonly code?: unknown;
  readonly path?: unknown;
  readonly dest?: unknown;
  readonly syscall?: unknown;
  readonly hostname?: unknown;
  readonly address?: unknown;
  readonly port?: unknown;
  readonly message?: unknown;
}

type Make = (error: SystemError) => LabError;

const notWritable: Make = (error) =>
  labError('NotWritable', { path: pathOf(error), what: 'A file or folder' }, { cause: error });

const diskFull: Make = (error) => labError('DiskFull', { path: pathOf(error) }, { cause: error });

const network =
  (problem: string): Make =>
  (error) =>
    labError('NetworkFailed', { what: hostOf(error), problem }, { cause: error });

const codes: Readonly<Record<string, Make>> = {
  ENOSPC: diskFull,
  EDQUOT: diskFull,
  EACCES: notWritable,
  EPERM: notWritable,
  EROFS: notWritable,
  EBUSY: (error) => labError('FileInUse', { path: pathOf(error), code: 'EBUSY' }, { cause: error }),
  ENOMEM: (error) => labError('OutOfMemory', { problem: String(error.message) }, { cause: error }),
  EMFILE: (error) => labError('TooManyOpenFiles', { problem: String(error.message) }, { cause: error }),
  ENFILE: (error) => labError('TooManyOpenFiles', { problem: String(error.message) }, { cause: error }),
  ERR_MODULE_NOT_FOUND: (error) =>
    labError('InstallationDamaged', { problem: String(error.message) }, { cause: error }),
  ENOTFOUND: network('its name is not known'),
  EAI_AGAIN: network('names cannot be looked up at the moment'),
  ECONNREFUSED: network('it refused the connection'),
  ECONNRESET: network('it broke the connection off'),
  ECONNABORTED: network('it broke the connection off'),
  EHOSTUNREACH: network('there is no way to it'),
  ENETUNREACH: network('there is no network'),
  ENETDOWN: network('the network is down'),
  ETIMEDOUT: network('it did not answer in time'),
  UND_ERR_CONNECT_TIMEOUT: network('it did not answer in time'),
  UND_ERR_HEADERS_TIMEOUT: network('it did not answer in time'),
  UND_ERR_BODY_TIMEOUT: network('it stopped answering'),
  UND_ERR_SOCKET: network('it broke the connection off'),
  CERT_HAS_EXPIRED: network('its certificate has expired'),
  DEPTH_ZERO_SELF_SIGNED_CERT: network('its certificate is signed by nobody known'),
  SELF_SIGNED_CERT_IN_CHAIN: network('its certificate is signed by nobody known'),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: network('its certificate is signed by nobody known'),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: network('its certificate is signed by nobody known'),
  ERR_TLS_CERT_ALTNAME_INVALID: network('its certificate is for another name'),
};

/** Deep enough for fetch's error in an AggregateError in a wrapper; a cycle ends here too. */
const maxDepth = 8;

/**
 * The catalogue's error for whatever was thrown, or nothing: then it is a bug of ours. Looks through causes and
 * aggregates, because `fetch failed` says in its cause why.
 */
export function toLabError(thrown: unknown, depth = 0): LabError | undefined {
  if (thrown instanceof LabError) return thrown;
  if (typeof thrown !== 'object' || thrown === null || depth > maxDepth) return undefined;
  const error: SystemError & { cause?: unknown; errors?: unknown } = thrown;
  if (error.syscall === 'uv_cwd') return labError('WorkingFolderGone', undefined, { cause: thrown });
  const make =
    typeof error.code === 'string' && Object.hasOwn(codes, error.code) ? codes[error.code] : undefined;
  if (make) return make(error);
  const inner = [error.cause, ...(Array.isArray(error.errors) ? error.errors : [])];
  for (const one of inner) {
    const found = toLabError(one, depth + 1);
    if (found) return found;
  }
  return undefined;
}

function pathOf({ dest, path }: SystemError): string {
  return typeof path === 'string' ? path : typeof dest === 'string' ? dest : 'the folder in use';
}

function hostOf({ hostname, address, port }: SystemError): string {
  if (typeof hostname === 'string') return hostname;
  if (typeof address === 'string') return port === undefined ? address : `${address}:${String(port)}`;
  return 'The other side';
}
