/** Which builder is taken, and why. */
import { labError } from '../../lab/errors.ts';
import { type BuilderName, builderNames } from '../../lab/names.ts';
import type { Context } from '../context.ts';
import type { Builder, BuilderOptions } from './builder.ts';
import { dockerBuilder } from './docker/docker.ts';
import { sandboxBuilder } from './sandbox/sandbox.ts';
import { vmBuilder } from './vm/vm.ts';

export interface Chosen {
  readonly builder: Builder;
  /** Why this one, with the reason against each that comes before it. */
  readonly reason: string;
}

const makers: Record<BuilderName, (context: Context, options: BuilderOptions) => Builder> = {
  docker: dockerBuilder,
  sandbox: sandboxBuilder,
  vm: vmBuilder,
};

/**
 * The builder of that name, or for `auto` the first that works of docker, sandbox, vm. Throws BuilderUnavailable or
 * NoBuilder, with what was tried.
 */
export async function chooseBuilder(
  context: Context,
  wanted: BuilderName | 'auto',
  options: BuilderOptions = {},
): Promise<Chosen> {
  for await (const chosen of builderChoices(context, wanted, options)) return chosen;
  throw new Error('a choice of builders ends with one or throws');
}

/** The same, going on to the next for a caller that finds the one before not to work after all. */
export async function* builderChoices(
  context: Context,
  wanted: BuilderName | 'auto',
  options: BuilderOptions = {},
): AsyncGenerator<Chosen, never> {
  const tried: { name: string; reason: string }[] = [];
  for (const name of wanted === 'auto' ? builderNames : [wanted]) {
    const builder = makers[name](context, options);
    const { ok, reason } = await builder.available();
    if (context.signal.aborted) throw labError('Interrupted', undefined);
    if (ok) {
      const before = tried.map((one) => `not ${one.name}: ${one.reason}`);
      yield { builder, reason: [reason, ...before].join('; ') };
      tried.push({ name, reason: 'it failed' });
    } else {
      if (wanted !== 'auto') throw labError('BuilderUnavailable', { builder: name, reason });
      tried.push({ name, reason });
    }
  }
  throw labError('NoBuilder', { tried });
}
