import { expect, test } from 'vitest';
import { entryKind } from '../../lab/entry-kind.ts';

const answers = (is: 'file' | 'folder' | 'link' | 'other') => ({
  isFile: () => is === 'file',
  isDirectory: () => is === 'folder',
  isSymbolicLink: () => is === 'link',
});
const never = () => Promise.reject(new Error('not to be asked'));

test('what is no link is what the listing says', async () => {
  expect(await entryKind(answers('file'), never)).toBe('file');
  expect(await entryKind(answers('folder'), never)).toBe('folder');
  expect(await entryKind(answers('other'), never)).toBe('special');
});

test('what Windows lists as a link may be a file or folder that OneDrive keeps', async () => {
  for (const kind of ['file', 'folder', 'link'] as const)
    expect(await entryKind(answers('link'), async () => answers(kind))).toBe(kind);
});

test('a link that cannot be looked at stays one', async () => {
  expect(await entryKind(answers('link'), () => Promise.reject(new Error('gone')))).toBe('link');
});
