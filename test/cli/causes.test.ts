import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { toLabError } from '../../cli/causes.ts';
import { labError } from '../../lab/errors.ts';

const system = (code: string, more: object = {}) =>
  Object.assign(new Error(`${code}: no`), { code, ...more });

describe('what the system says', () => {
  it('is found in causes and aggregates, where fetch hides it', () => {
    const refused = new AggregateError([system('ECONNREFUSED', { address: '127.0.0.1', port: 9 })]);
    expect(toLabError(new TypeError('fetch failed', { cause: refused }))).toMatchObject({
      name: 'NetworkFailed',
      exitCode: 69,
      message: '127.0.0.1:9: it refused the connection.',
    });
  });

  it.each([
    ['ENOSPC', 'DiskFull'],
    ['EDQUOT', 'DiskFull'],
    ['EROFS', 'NotWritable'],
    ['EACCES', 'NotWritable'],
    ['ENOMEM', 'OutOfMemory'],
    ['EMFILE', 'TooManyOpenFiles'],
    ['ENOTFOUND', 'NetworkFailed'],
    ['UND_ERR_BODY_TIMEOUT', 'NetworkFailed'],
    ['CERT_HAS_EXPIRED', 'NetworkFailed'],
  ])('%s is %s', (code, name) => {
    const error = toLabError(system(code, { path: '/somewhere', hostname: 'mirror.test' }));
    expect(error).toMatchObject({ name, fault: 'computer' });
    expect(error?.message).toMatch(/\/somewhere|mirror\.test|no/);
  });

  it('is understood from a real socket', async () => {
    const refused = await new Promise<unknown>((done) => {
      connect(1, '127.0.0.1').on('error', done);
    });
    expect(toLabError(refused)).toMatchObject({ name: 'NetworkFailed' });
  });

  it('leaves the catalogue’s own errors alone, and bugs to be bugs', () => {
    const own = labError('Interrupted', undefined);
    expect(toLabError(own)).toBe(own);
    expect(toLabError(new TypeError('x is undefined'))).toBeUndefined();
    expect(toLabError('text')).toBeUndefined();
    const cycle = new Error('a');
    cycle.cause = cycle;
    expect(toLabError(cycle)).toBeUndefined();
  });
});
