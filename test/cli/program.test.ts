import { describe, expect, it } from 'vitest';
import { commands } from '../../cli/commands.ts';
import { globalFlags, type Parsed, parseCommandLine } from '../../cli/program.ts';
import { describeOption } from '../../lab/options.ts';

function parse(...argv: string[]): { parsed: Parsed | number; out: string; err: string } {
  let out = '';
  let err = '';
  const parsed = parseCommandLine(argv, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  return { parsed, out, err };
}
const failing = (...argv: string[]) => {
  try {
    parse(...argv);
  } catch (error) {
    return error;
  }
  throw new Error(`${argv.join(' ')} was accepted`);
};

describe('a command line', () => {
  it('becomes a command with checked values', () => {
    const { parsed } = parse('run', '--n-threads', '4', '--n-times=1e6', '--lock', 'none,own', '--json');
    expect(parsed).toMatchObject({
      command: { name: 'run' },
      input: { settings: { n_threads: 4, n_times: 1_000_000, locks: ['none', 'own'] } },
    });
  });

  it('takes global flags before and after the command', () => {
    for (const argv of [
      ['--json', 'doctor', '--no-color'],
      ['doctor', '--no-color', '--json'],
    ]) {
      expect(parse(...argv).parsed).toMatchObject({ command: { name: 'doctor' } });
      expect(globalFlags(argv)).toEqual({ json: true, verbose: false, color: false });
    }
    expect(globalFlags(['init', '--', '--json']).json).toBe(false);
  });

  it('takes switches, values and arguments', () => {
    expect(parse('init', 'my folder').parsed).toMatchObject({ input: { arguments: ['my folder'] } });
    expect(parse('init').parsed).toMatchObject({ input: { arguments: [] } });
    expect(parse('kernel', 'export', 'a.tar', '--kind', 'kasan').parsed).toMatchObject({
      input: { arguments: ['export', 'a.tar'], values: new Map([['--kind', 'kasan']]) },
    });
    expect(parse('grade', '--single', 'ivanov', '--out', 'marks').parsed).toMatchObject({
      input: { arguments: ['ivanov'], switches: new Set(['--single']) },
    });
    expect(parse('clean', '--dry-run', '--yes').parsed).toMatchObject({
      input: { switches: new Set(['--yes', '--dry-run']) },
    });
  });

  it.each([['-j', '4'], ['-j4'], ['--jobs=4']])('takes a value by its short name: %s', (...words) => {
    expect(parse('grade', 'class', ...words).parsed).toMatchObject({
      input: { values: new Map([['--jobs', '4']]) },
    });
  });
});

describe('a mistake', () => {
  it.each([
    [['rnu'], /unknown command 'rnu' \(did you mean run\?\)/i],
    [['setpu'], /did you mean setup\?/],
    [['run', '--lokc', 'own'], /unknown option '--lokc' \(did you mean --lock\?\)/i],
    [['clean', '--dryrun'], /did you mean --dry-run\?/],
    [['run', '--n-threads'], /argument missing/],
    [['doctor', 'now'], /too many arguments/i],
  ])('%j is a usage error with the nearest word', (argv, message) => {
    expect(failing(...argv)).toMatchObject({
      name: 'CommandLineInvalid',
      exitCode: 2,
      message: expect.stringMatching(message),
    });
  });

  it.each([
    [['run', '--n-threads', '0'], /--n-threads is 0; allowed: a whole number from 1 to 1024/],
    [['run', '--n-threads', 'ten'], /--n-threads is ten/],
    [['run', '--n-times', '1e10'], /--n-times is 1e10/],
    [['run', '--increment', '-5'], /--increment is -5/],
    [['run', '--lock', 'spnlock'], /did you mean spinlock/],
    [['setup', '--builder', 'dokcer'], /did you mean docker/],
  ])('%j names the flag, the value and what is allowed', (argv, message) => {
    expect(failing(...argv)).toMatchObject({
      name: 'FlagInvalid',
      exitCode: 2,
      message: expect.stringMatching(message),
    });
  });
});

describe('help', () => {
  it('is printed with exit code 0 when asked for, 2 when nothing was', () => {
    expect(parse('--help')).toMatchObject({ parsed: 0, out: expect.stringContaining('setup'), err: '' });
    expect(parse()).toMatchObject({ parsed: 2, out: '', err: expect.stringContaining('setup') });
  });

  it('is no more than the versions with --version, wherever it stands', () => {
    for (const argv of [['--version'], ['--json', '--version'], ['doctor', '--version']])
      expect(parse(...argv)).toMatchObject({ parsed: { command: { name: 'version' } }, out: '', err: '' });
    expect(failing('version')).toMatchObject({ name: 'CommandLineInvalid' });
  });

  it('lists every command, and every command its flags and an example', () => {
    const out = parse('--help').out.replace(/\s+/g, ' ');
    for (const command of commands) {
      expect(out).toContain(command.summary);
      const help = parse(command.name, '--help').out;
      for (const path of command.settings ?? []) expect(help).toContain(describeOption(path).flag);
      expect(help).toContain('--json');
      expect(help).toContain(`lab3 ${command.name}`);
      expect(command.examples.length).toBeGreaterThan(0);
    }
  });
});
