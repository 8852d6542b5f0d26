/** Words and programs for the shells that other tools insist on. */
import type { Qemu } from '../../provision/host/qemu.ts';

/** A word that a POSIX shell takes as it stands. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** A program that starts this QEMU, for tools that take one path: QEMU from packages needs its own loader before it. */
export function qemuScript({ argv, env }: Pick<Qemu, 'argv' | 'env'>): string {
  const variables = Object.entries(env).map(([name, value]) =>
    value === undefined ? `unset ${name}\n` : `export ${name}=${quoted(value)}\n`,
  );
  return `#!/bin/sh\n${variables.join('')}exec ${argv.map(quoted).join(' ')} "$@"\n`;
}
