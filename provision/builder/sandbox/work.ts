/** What a run in the sandbox may use. */

/** For `sh -c … sh COMMAND`. dash counts memory in KiB and file sizes in blocks of 512 bytes. */
export function limitScript(limits: {
  readonly memoryBytes: number;
  readonly fileBytes: number;
  readonly processes: number;
}): string {
  return [
    `ulimit -v ${limits.memoryBytes / 1024}`,
    `ulimit -f ${limits.fileBytes / 512}`,
    `ulimit -p ${limits.processes} 2>/dev/null || :`,
    'ulimit -c 0',
    'exec "$@"',
  ].join('; ');
}
