import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { writeConfig } from '../../lab/config/write.ts';
import { defaultConfig, type LabConfig, overrideConfig, parseConfig, toValues } from '../../lab/config.ts';
import { LabError } from '../../lab/errors.ts';
import { defaultOf, options } from '../../lab/options.ts';

function mistakes(text: string): string[] {
  try {
    parseConfig(text, 'lab3.yaml');
  } catch (error) {
    if (error instanceof LabError) return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('reading', () => {
  test.each(['', '\n', '# only a comment\n', '---\n', '\ufeff', 'module:\nreport:\n'])(
    '%j is all defaults',
    (text) => {
      expect(parseConfig(text, 'lab3.yaml')).toEqual(defaultConfig());
    },
  );

  test('the defaults are those of the exercise', () => {
    expect(defaultConfig()).toMatchObject({
      nThreads: 10,
      increment: 2,
      nTimes: 500_000,
      locks: ['none', 'own'],
      vcpus: 2,
    });
  });

  test('every setting', () => {
    const config = parseConfig(
      `n_threads: 4
increment: 1e3
n_times: 500_000
locks: none, mutex
vcpus: 1
memory: 512
builder: vm
vm: container
suite: bookworm
arch: arm64
kernel: 6.10
mirror: http://localhost:8080/debian http://localhost/security
module:
  dir: ../наш модуль
  params: {n_threads: thread_num, lock: use_lock}
  lock_values: {none: 0, own: yes}
  patterns:
    total: "Result = %d\\n"
report:
  student: Ада Лавлейс
  group: 0341
  out: out
`.replaceAll('\n', '\r\n'),
      'lab3.yaml',
    );
    expect(config).toEqual({
      nThreads: 4,
      increment: 1000,
      nTimes: 500_000,
      locks: ['none', 'mutex'],
      vcpus: 1,
      memory: 512,
      checkRuns: 4,
      builder: 'vm',
      vm: 'container',
      suite: 'bookworm',
      arch: 'arm64',
      kernel: '6.10',
      mirror: 'http://localhost:8080/debian http://localhost/security',
      module: {
        dir: '../наш модуль',
        params: { n_threads: 'thread_num', lock: 'use_lock' },
        lockValues: { none: '0', own: 'yes' },
        patterns: { total: 'Result = %d' },
      },
      sweep: { nThreads: [1, 2, 4, 8], nTimes: [1000, 10_000, 100_000], vcpus: [1, 2], repeats: 3 },
      report: { student: 'Ада Лавлейс', group: '0341', out: 'out' },
    } satisfies LabConfig);
  });

  test('aliases mean what they point at', () => {
    expect(parseConfig('vcpus: &two 2\nincrement: *two\n', 'f').increment).toBe(2);
  });
});

describe('mistakes', () => {
  const whole = 'a whole number from 1 to 1024';
  test.each([
    ['n_threads: 0', `lab3.yaml:1:12: n_threads is 0; allowed: ${whole}`],
    ['n_threads: 1e9', `lab3.yaml:1:12: n_threads is 1e9; allowed: ${whole}`],
    ['n_threads: ten', `lab3.yaml:1:12: n_threads is ten; allowed: ${whole}`],
    ['n_threads: -3', `lab3.yaml:1:12: n_threads is -3; allowed: ${whole}`],
    ['n_threads: 2.5', `lab3.yaml:1:12: n_threads is 2.5; allowed: ${whole}`],
    ['n_threads: .inf', `lab3.yaml:1:12: n_threads is .inf; allowed: ${whole}`],
    ['n_threads: [1, 2]', `lab3.yaml:1:12: n_threads is a list; allowed: ${whole}`],
    ['n_threads: {a: 1}', 'lab3.yaml:1:12: n_threads has settings below it, but it is a value itself'],
    ['# c\n\n  n_threads:   0', `lab3.yaml:3:16: n_threads is 0; allowed: ${whole}`],
    ['suite: trixi', 'lab3.yaml:1:8: suite is trixi; allowed: one of trixie bookworm; did you mean trixie?'],
    [
      'locks: [none, ovn]',
      'lab3.yaml:1:8: locks has ovn; allowed: one or more of none own spinlock mutex atomic; did you mean own?',
    ],
    [
      'sweep: {n_threads: [1, 2..x]}',
      'lab3.yaml:1:20: sweep.n_threads has 2..x, which is no number and no range; allowed: whole numbers from 1 to 1024',
    ],
    [
      'locks: [own, own]',
      'lab3.yaml:1:8: locks has own twice; allowed: one or more of none own spinlock mutex atomic',
    ],
    ['n_threads: 3\nn_threads: 4', 'lab3.yaml:2:1: n_threads is set twice'],
    ['mirror: file:///x', 'lab3.yaml:1:9: mirror is file:///x; allowed: the http:// or https:// address'],
    ['n_times: 3\n\tvcpus: 2', 'lab3.yaml:2:1: a tab indents this line; YAML wants spaces'],
    ['- 1', 'lab3.yaml:1:1: settings are written one on each line, as in n_threads: 10'],
    ['hello', 'lab3.yaml:1:1: settings are written one on each line, as in n_threads: 10'],
    [
      'vcpus: 2\n---\nvcpus: 3',
      'lab3.yaml:2:1: a second document starts here; one file holds one configuration',
    ],
    [
      'module: lab',
      'lab3.yaml:1:9: module is a section: its settings are written below it, indented by two spaces; allowed: one or more of dir params lock_values patterns',
    ],
    [
      'report:\n  student: "a\\nb"',
      'lab3.yaml:2:12: report.student is “a�b”; allowed: a name in one line of at most 200 characters',
    ],
  ])('%j', (text, message) => {
    const found = mistakes(text);
    expect(found).toHaveLength(1);
    expect(found[0]?.slice(0, message.length)).toBe(message);
  });

  test('brackets without end', () => {
    expect(mistakes('['.repeat(30_000))).toEqual([
      expect.stringMatching(/^lab3\.yaml:1:\d+: brackets are nested too deeply here$/),
    ]);
  });

  test('a word that is nearly a setting, wherever it stands', () => {
    expect(mistakes('n_thread: 3')[0]).toMatch(
      /^lab3.yaml:1:1: there is no setting n_thread; allowed: one of n_threads .*; did you mean n_threads\?$/,
    );
    expect(mistakes('N-Times: 3')[0]).toMatch(/did you mean n_times\?$/);
    expect(mistakes('module:\n  param: {}')[0]).toMatch(
      /^lab3.yaml:2:3: there is no setting param in module; .* did you mean params\?$/,
    );
    expect(mistakes('zzzzzz: 3')[0]).not.toContain('did you mean');
  });

  test('several are told together, in the order of the file', () => {
    expect(mistakes('vcpus: 0\nfoo: 1\nn_times: ten\n').map((line) => line.split(' ')[0])).toEqual([
      'lab3.yaml:1:8:',
      'lab3.yaml:2:1:',
      'lab3.yaml:3:10:',
    ]);
  });

  test('a thousand mistakes are not all told', () => {
    const found = mistakes(Array.from({ length: 1000 }, (_, at) => `x${at}: 1`).join('\n'));
    expect(found).toHaveLength(21);
    expect(found.at(-1)).toBe('and 980 more');
  });

  test('a bomb of aliases is not expanded', () => {
    const levels = Array.from({ length: 40 }, (_, at) => `x${at}: &x${at} [${`*x${at - 1},`.repeat(9)}]`);
    expect(mistakes(`x: &x-1 [1]\n${levels.join('\n')}\n`).length).toBeGreaterThan(1);
  });

  test('a file that is too large', () => {
    expect(() => parseConfig('#'.repeat(70_000), 'lab3.yaml')).toThrow(
      expect.objectContaining({ name: 'ConfigTooLarge' }),
    );
  });

  test('the error is the user’s', () => {
    expect(() => parseConfig('a: 1', 'lab3.yaml')).toThrow(
      expect.objectContaining({ name: 'ConfigInvalid', exitCode: 2 }),
    );
  });
});

describe('flags', () => {
  test('go before the file', () => {
    const config = overrideConfig(parseConfig('n_threads: 4\nvcpus: 4', 'f'), {
      n_threads: '1_000',
      n_times: 5,
      locks: 'own',
      'module.dir': 'my module',
      vcpus: undefined,
    });
    expect(config).toMatchObject({
      nThreads: 1000,
      nTimes: 5,
      locks: ['own'],
      vcpus: 4,
      module: { dir: 'my module' },
    });
  });

  test.each([
    ['n_threads', '0', '--n-threads is 0; allowed: a whole number from 1 to 1024'],
    ['n_threads', 'ten', '--n-threads is ten; allowed: a whole number from 1 to 1024'],
    ['n_times', '1e10', '--n-times is 1e10; allowed: a whole number from 1 to 1000000000'],
    [
      'builder',
      'dokcer',
      '--builder is dokcer; allowed: one of auto docker sandbox vm; did you mean docker?',
    ],
    ['vcpus', '', '--vcpus is empty; allowed: a whole number from 1 to 64'],
  ])('--%s %j', (path, value, message) => {
    expect(() => overrideConfig(defaultConfig(), { [path]: value })).toThrow(message);
  });
});

describe('writing', () => {
  test('a new file explains every setting and reads back', () => {
    const text = writeConfig(undefined, defaultConfig());
    expect(parseConfig(text, 'f')).toEqual(defaultConfig());
    for (const path of options.keys())
      expect(text).toMatch(new RegExp(`^ *(?:# )?${path.split('.').at(-1)}: `, 'm'));
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(110);
  });

  test('the examples of a new file are allowed values', () => {
    const text = writeConfig(undefined, defaultConfig()).replaceAll(/^( *)# ([a-z_]+: )/gm, '$1$2');
    expect(mistakes(text)).toEqual([]);
  });

  test('nothing to change changes nothing', () => {
    const text = 'n_times:   5  # few\n\n\n# end';
    expect(writeConfig(text, parseConfig(text, 'f'))).toBe(text);
  });

  test('a change touches its value alone', () => {
    const text =
      `# mine\r\nvcpus:    2   # two of them\r\nlocks: [ 'none',own ]   # both\r\nn_threads: 0x0_4\r\n`.replace(
        '0x0_4',
        '4',
      );
    const config = overrideConfig(parseConfig(text, 'f'), { vcpus: 4, n_threads: 7 });
    expect(writeConfig(text, config)).toBe(
      text.replace('2   #', '4   #').replace('n_threads: 4', 'n_threads: 7'),
    );
  });

  test('a block list is replaced in place', () => {
    const text = 'locks:\n  - none # the race\n  - own\nvcpus: 3\n';
    const config = overrideConfig(parseConfig(text, 'f'), { locks: 'none,mutex' });
    const written = writeConfig(text, config);
    expect(parseConfig(written, 'f')).toEqual(config);
    expect(written).toContain('vcpus: 3\n');
  });

  test('a setting that stands there as a comment is put in its place', () => {
    const text = writeConfig(undefined, defaultConfig());
    const config = overrideConfig(defaultConfig(), {
      'report.student': 'Ada',
      mirror: 'http://localhost/debian',
    });
    const changed = writeConfig(text, config).split('\n');
    const before = text.split('\n');
    expect(changed).toHaveLength(before.length);
    expect(changed.filter((line, at) => line !== before[at])).toEqual([
      'mirror: http://localhost/debian',
      '  student: Ada',
    ]);
  });

  test('new settings go to the end of their section, or of the file', () => {
    const text = 'report:\n    group: g # ours\n# last\nvcpus: 3';
    const config = overrideConfig(parseConfig(text, 'f'), {
      'report.student': 'A: b',
      n_times: 5,
      'module.params.lock': 'x',
    });
    const written = writeConfig(text, config);
    expect(parseConfig(written, 'f')).toEqual(config);
    expect(written).toBe(
      'report:\n    group: g # ours\n    student: "A: b"\n# last\nvcpus: 3\nn_times: 5\nmodule:\n  params:\n    lock: x\n',
    );
  });

  test.each([
    'report: {group: g} # flow\n',
    'report: # nothing yet\nvcpus: 3\n',
    'vcpus: &n 3\nincrement: *n\n',
    '{vcpus: 3}\n',
    'vcpus: 3\n...\n',
    '%YAML 1.2\n---\nvcpus: 3\n',
  ])('%j is changed too', (text) => {
    const config = overrideConfig(parseConfig(text, 'f'), { vcpus: 5, 'report.student': 'Ada' });
    const written = writeConfig(text, config);
    expect(parseConfig(written, 'f')).toEqual(config);
    for (const comment of text.match(/#.*/g) ?? []) expect(written).toContain(comment);
  });

  test('what is no longer set is taken out', () => {
    const text = '# a\nkernel: 6.12.48-1 # pin\nvcpus: 3 # three\n';
    const { kernel: _kernel, ...config } = parseConfig(text, 'f');
    const written = writeConfig(text, config);
    expect(parseConfig(written, 'f')).toEqual(config);
    expect(written).toContain('vcpus: 3 # three');
  });

  const anyValue = (path: string): fc.Arbitrary<string> => {
    const option = options.get(path);
    switch (option?.kind) {
      case 'integer':
        return fc.integer({ min: option.min, max: option.max }).map(String);
      case 'integers':
        return fc
          .uniqueArray(fc.integer({ min: option.min, max: option.max }), { minLength: 1, maxLength: 9 })
          .map((numbers) => numbers.join(','));
      case 'word':
        return fc.constantFrom(...option.words);
      case 'words':
        return fc.shuffledSubarray([...option.words], { minLength: 1 }).map((words) => words.join(','));
      default:
        return path.startsWith('report.') || path === 'module.dir'
          ? fc
              .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
              .filter((text) => text.trim() !== '' && !/[\p{Cc}\u2028\u2029]/u.test(text))
          : fc.constant(option?.example?.replaceAll('"', '') ?? 'x');
    }
  };
  const anyFlags = fc
    .subarray([...options.keys()])
    .chain((paths) => fc.record(Object.fromEntries(paths.map((path) => [path, anyValue(path)]))));

  test('what is written is read back, over and over', () => {
    fc.assert(
      fc.property(anyFlags, anyFlags, fc.boolean(), (first, second, fresh) => {
        const one = overrideConfig(defaultConfig(), first);
        let text = writeConfig(fresh ? undefined : '# kept\nincrement: 3 # three\n', one);
        expect(parseConfig(text, 'f')).toEqual(one);
        const two = overrideConfig(one, second);
        text = writeConfig(text, two);
        expect(parseConfig(text, 'f')).toEqual(two);
        if (!fresh) expect(text).toContain('# kept\n');
        // Other readers of YAML understand it as well.
        expect(parse(text)).toMatchObject({ increment: two.increment });
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});

test('any text is read or refused with a place, never with a crash', () => {
  const pieces = fc.constantFrom(
    ...options.keys(),
    ': ',
    '\n',
    '  ',
    '- ',
    '[',
    ']',
    '{',
    '}',
    '"',
    '&a',
    '*a',
    '|',
    '>',
    '#',
    '!!',
    '%',
    '\t',
    '10',
    '? ',
  );
  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(anyText, (text) => {
      for (const line of mistakes(text)) expect(line).toMatch(/^(?:lab3\.yaml:\d+:\d+: .|and \d+ more)/);
    }),
    { numRuns: 500 },
  );
}, 60_000);

test('every default is a value that is allowed', () => {
  const values = toValues(defaultConfig());
  for (const option of options.values()) expect(values.get(option.path)).toEqual(defaultOf(option));
});
