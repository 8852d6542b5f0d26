/** Which error of the catalogue a failure of Vagrant is, by the class that it names and by its words. */
import { type LabError, labError } from '../../../lab/errors.ts';
import type { Said } from './vagrant.ts';

interface Failure {
  readonly platform: NodeJS.Platform;
  /** Name of the class without its modules: `ProviderNotUsable`. */
  readonly name: string;
  readonly text: string;
  readonly what: string;
}

const line = (text: string) =>
  text
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ')
    .slice(0, 1000);
const quoted = (text: string, before: RegExp) =>
  new RegExp(`${before.source} '?([\\w./:+-]+)`).exec(text)?.[1];

/** In the order in which they are tried; the first that answers is it. */
const kinds: readonly ((failure: Failure) => LabError | undefined)[] = [
  ({ name, text, platform }) => {
    if (name !== 'ProviderNotFound') return undefined;
    const known = /following providers: (.*)/.exec(text)?.[1] ?? '';
    return labError('VagrantPluginMissing', {
      provider: quoted(text, /provider/) ?? 'unknown',
      known: known.trim(),
      platform,
    });
  },
  ({ name, text, platform }) => {
    if (name !== 'ProviderNotUsable' && name !== 'NoDefaultProvider') return undefined;
    const provider = name === 'NoDefaultProvider' ? 'any provider' : quoted(text, /provider/);
    const reason = /shown below:\s*([\s\S]*)/.exec(text)?.[1] ?? text;
    return labError('VagrantProviderMissing', {
      provider: provider ?? 'its provider',
      reason: line(reason),
      platform,
    });
  },
  ({ text }) => {
    if (!/connecting to libvirt|virConnectOpen/i.test(text)) return undefined;
    const denied = /permission denied|authentication|access denied/i.test(text);
    return labError('LibvirtUnavailable', { reason: line(text.replace(/^[^:]*: /, '')), denied });
  },
  ({ name, text }) => {
    if (!/^(?:Box|Downloader)/.test(name) && !/architecture/i.test(name)) return undefined;
    const box =
      /open file (\S+)/.exec(text)?.[1] ??
      /^\s*Name: (\S+)/m.exec(text)?.[1] ??
      quoted(text, /box/i) ??
      'that is wanted';
    if (/architecture|No(?:Matching)?Provider|ProviderDoesntMatch/i.test(name))
      return labError('VagrantBoxUnsuitable', {
        box,
        reason: `is not offered for this computer: ${line(text)}`,
      });
    return labError('VagrantBoxUnavailable', { box, reason: line(text) });
  },
  ({ name, text }) =>
    /^(?:MachineLocked|MachineActionLockedError|EnvironmentLockedError)$/.test(name)
      ? labError('VagrantBusy', { reason: line(text) })
      : undefined,
  ({ name, text }) =>
    name === 'VMBootTimeout'
      ? labError('VagrantDidNotStart', { accelerator: 'of Vagrant', reason: line(text) })
      : undefined,
];

/** @param rest what to say where Vagrant named no error */
export function failureOf(
  platform: NodeJS.Platform,
  what: string,
  said: readonly Said[],
  rest: string,
): LabError {
  const exit = said.findLast(({ type }) => type === 'error-exit');
  const name = exit?.data[0]?.split('::').at(-1) ?? '';
  const errors = said.filter(({ type, data }) => type === 'ui' && data[0] === 'error');
  const text = exit?.data[1] ?? errors.at(-1)?.data[1] ?? rest;
  const failure = { platform, name, text, what };
  for (const kind of kinds) {
    const error = kind(failure);
    if (error !== undefined) return error;
  }
  return labError('VagrantFailed', { what, reason: line(text) });
}
