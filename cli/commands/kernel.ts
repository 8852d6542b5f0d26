import { labError } from '../../lab/errors.ts';
import { checkedKinds } from '../../lab/names.ts';
import { nearest } from '../../lab/nearest.ts';
import type { Command } from '../command.ts';

const actions = ['build', 'list', 'export', 'import'] as const;

export const kernel: Command = {
  name: 'kernel',
  summary: 'build, list, export or import the checked kernels',
  about:
    'A checked kernel looks for the faults of a module itself: data races, lock misuse, leaks, use after free. ' +
    '`build` makes one from Debian’s source, once, in some minutes; `export` writes it into one file, which ' +
    '`import` takes in on another computer, for guests of its architecture. The sum that `export` prints tells a class ' +
    'that they have the file that was published: `import FILE --sha256 SUM`.',
  arguments: [
    { name: 'action', summary: actions.join(', '), words: actions },
    { name: 'file', summary: 'for export (a name is made up by default) and import', path: 'file' },
  ],
  values: [
    { name: '--kind', placeholder: '<name>', words: checkedKinds, summary: 'which of the checked kernels' },
    { name: '--sha256', placeholder: '<sum>', summary: 'take only a file with this checksum' },
  ],
  switches: [{ name: '--again', summary: 'build although it is there already' }],
  settings: ['builder', 'suite', 'arch', 'kernel', 'mirror'],
  examples: [
    ['lab3 kernel build', 'the kernel that `lab3 check` runs the module on'],
    ['lab3 kernel build --arch arm64', 'the same for computers with Apple silicon'],
    ['lab3 kernel list', 'what is in the cache'],
    ['lab3 kernel export', 'one file, to hand to a class'],
    ['lab3 kernel import FILE --sha256 SUM', 'take it in, if it is the one that was published'],
  ],
  async run(input, tools) {
    const [word = ''] = input.arguments;
    const action = actions.find((known) => known === word);
    if (action === undefined) {
      const problem = word === '' ? `It takes one of ${actions.join(', ')}` : `Unknown action '${word}'`;
      throw labError('CommandLineInvalid', { problem, nearest: nearest(word, actions), command: 'kernel' });
    }
    const handlers = await import('../kernel.ts');
    await handlers[`${action}Kernels`](input, tools);
    return undefined;
  },
};
