import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readTemplate, type TemplateKind } from '../../lab/template.ts';

function match(kind: TemplateKind, source: string, line: string) {
  const template = readTemplate(kind, source);
  if ('problem' in template) throw new Error(template.problem);
  return template.match(line);
}

test.each([
  ['Global_Counter = %i', 'mod: Global_Counter = 42', '42'],
  ['"Counter value is #%d!\\n"', 'Counter value is #42!', '42'],
  ['KERN_INFO "Result = %d\\n"', 'Result = -42', '-42'],
  ['global var: %ld', 'global var:   42', '42'],
  ['final glob_var = %lu', 'final glob_var = 42', '42'],
  ['%5llu steps (100%%)', '   42 steps (100%)', '42'],
  ['%s ends at %d', 'insmod ends at 42', '42'],
  ['[%s] %d.', 'x [lab] 42.', '42'],
  ['a*b(c)+ {value}', 'a*b(c)+ 42', '42'],
  ['of %d: {value}', 'of 7: 42', '42'],
])('%s finds %s', (source, line, value) => {
  expect(match('total', source, line)?.value).toBe(value);
});

test('a line of another form is none', () => {
  expect(match('total', 'Result = %d', 'Result is 5')).toBeUndefined();
  expect(match('total', 'Result = %d', `Result = ${'9'.repeat(30)}`)).toBeUndefined();
});

test('all holes of a thread', () => {
  expect(match('thread', 'thr {index} on {cpu}: {value} in {time_us} us', 'thr 3 on 1: 42 in 7 us')).toEqual({
    index: '3',
    cpu: '1',
    value: '42',
    time_us: '7',
  });
});

test('a list in one line', () => {
  expect(match('list', 'list: {values} end', 'list: 1 -> 2 -> 30 end')?.values).toBe('1 -> 2 -> 30');
});

test.each([
  ['total', '%d', 'has no text beside its numbers, so it would match any line'],
  ['total', 'Result', 'has no number to read; write {value} in its place'],
  ['thread', 'thread %d: %d', 'has 2 numbers; write {value} in place of the one that is meant'],
  ['total', 'a {value} b {value}', 'has {value} twice'],
  [
    'total',
    'a {total}',
    'has {total}, which is none of {value} {values} {index} {cpu} {time_ns} {time_us} {time_ms}',
  ],
  ['total', 'a %s%d', 'has two holes with nothing between them'],
  ['total', 'a %d0', 'has a digit straight after a number'],
  ['total', `a %d${'x'.repeat(300)}`, 'is longer than 200 characters'],
  ['time', 'took {value}', 'has no number to read; write {time_ns} or {time_us} or {time_ms} in its place'],
] as const)('%s %j %s', (kind, source, problem) => {
  expect(readTemplate(kind, source)).toEqual({ problem });
});

describe('any template', () => {
  const pieces = fc.constantFrom(
    '%d',
    '%s',
    '{value}',
    '{values}',
    ' ',
    '  ',
    'a',
    '-',
    '.',
    '*',
    '(',
    ')',
    '[',
    '+',
    '\\',
    '1',
    '%%',
    '%5lu',
    '{index}',
  );

  test('is refused in words or matches without trouble', () => {
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 14 }), fc.string(), (parts, line) => {
        const template = readTemplate('total', parts.join(''));
        if ('problem' in template) expect(template.problem).toMatch(/^(?:has|is) /);
        else template.match(line + parts.join('').replaceAll(/%d|\{\w+\}/g, '7'));
      }),
    );
  });

  test('cannot be made slow by any line', () => {
    // What backtracks does not end within the test's own limit.
    const hostile = [
      '%s a %s a %s a %s a %d!',
      '%s-%s-%s-%s-%s-%d!',
      '-%d-%d-%d-%d-%d-%d-{value}!',
      'a {values};{index}!',
      '  %d  %d  %d {value} !',
    ];
    const lines = [
      'a'.repeat(1000),
      ' a'.repeat(500),
      '-1'.repeat(500),
      '- '.repeat(500),
      ' '.repeat(1000),
      '1 '.repeat(500),
      '11111'.repeat(200),
    ];
    for (const source of hostile) {
      const template = readTemplate('total', source);
      if ('problem' in template) continue;
      for (const line of lines) for (let times = 0; times < 50; times++) template.match(line);
    }
  }, 60_000);
});
