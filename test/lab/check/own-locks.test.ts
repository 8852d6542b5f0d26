import { expect, test } from 'vitest';
import { localLock } from '../../../lab/check/own-locks.ts';
import { code } from './sample.ts';

function taken(source: string, line: number) {
  const lines = source.trim().split('\n');
  const lineText = (_: string, at: number) => lines[at - 1];
  const draft = localLock({ file: 'm.c', line, function: 'work', role: 'writes' }, { ...code({}), lineText });
  return draft?.places[0]?.line;
}

const work = (declaration: string, call: string) => `
static int work(void *data)
{
	u64 *total = data;
	${declaration}
	int i;

	for (i = 0; i < n; i++) {
		${call}
		*total += 2;
		my_unlock(&mine);
	}
	return 0;
}`;

test.each([
  ['struct my_lock mine = {};', 'my_lock(&mine);', 8],
  ['atomic_t mine;', 'spin_acquire(&mine, 1);', 8],
  ['struct my_lock mine, other;', 'my_lock(&mine.word);', 8],
  ['static struct my_lock mine;', 'my_lock(&mine);', undefined],
  ['struct my_lock *mine = data;', 'my_lock(&mine->word);', undefined],
  ['int x;', 'my_lock(&mine);', undefined],
  ['struct my_lock mine;', 'my_unlock(&mine);', undefined],
])('%s %s', (declaration, call, line) => {
  expect(taken(work(declaration, call), 9)).toBe(line);
});

test('a place that is not in the file', () => {
  expect(taken('int x;', 400)).toBeUndefined();
  expect(taken(work('atomic_t mine;', 'my_lock(&mine);'), 1)).toBeUndefined();
});
