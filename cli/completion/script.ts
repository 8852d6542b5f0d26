/** Completion for one shell, made from the same tables as the help. */
import { commands } from '../commands.ts';
import { bashScript } from './bash.ts';
import { fishScript } from './fish.ts';
import { grammarOf } from './grammar.ts';
import { powershellScript } from './powershell.ts';
import { zshScript } from './zsh.ts';

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript, powershell: powershellScript };

export const completionScript = (shell: keyof typeof scripts): string => scripts[shell](grammarOf(commands));
