import { labError } from '../../lab/errors.ts';
import { nearest } from '../../lab/nearest.ts';
import type { Command } from '../command.ts';

const shells = ['bash', 'zsh', 'fish', 'powershell'] as const;

export const completion: Command = {
  name: 'completion',
  summary: 'print what makes a shell complete lab3’s commands and flags',
  about:
    'Prints a script for one shell; where it goes is said below. It knows the commands, flags and words of this version ' +
    'of lab3: after an update a script that was saved as a file is written again.',
  arguments: [{ name: 'shell', summary: shells.join(', '), words: shells }],
  examples: [
    ['eval "$(lab3 completion bash)"', 'in ~/.bashrc'],
    ['eval "$(lab3 completion zsh)"', 'in ~/.zshrc, below compinit'],
    ['lab3 completion fish > ~/.config/fish/completions/lab3.fish', 'once'],
    ['lab3 completion powershell | Out-String | Invoke-Expression', 'in the file that $PROFILE names'],
  ],
  async run({ arguments: [word = ''] }, { ui }) {
    const shell = shells.find((known) => known === word);
    if (shell === undefined) {
      const problem = word === '' ? `It takes one of ${shells.join(', ')}` : `Unknown shell '${word}'`;
      throw labError('CommandLineInvalid', {
        problem,
        nearest: nearest(word, shells),
        command: 'completion',
      });
    }
    const { completionScript } = await import('../completion/script.ts');
    const script = completionScript(shell);
    ui.print(ui.options.json ? JSON.stringify({ shell, script }, null, 2) : script);
    return undefined;
  },
};
