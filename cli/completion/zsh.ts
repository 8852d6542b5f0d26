import { shellWord } from '../../provision/shell-word.ts';
import type { Offer } from '../command.ts';
import { type Flag, spellings } from '../flags.ts';
import type { Grammar } from './grammar.ts';

export function zshScript({ flags, commands }: Grammar): string {
  const names = commands.map(({ name, summary }) => shellWord(`${name}:${summary}`));
  const arms = commands.map(({ name, arguments: taken, flags }) => {
    const specs = [
      ...flags.flatMap(flagSpecs),
      ...taken.map((argument) => `:${argument.name}:${action(argument)}`),
    ];
    return `        ${name}) _arguments ${specs.map(shellWord).join(' ')} ;;`;
  });
  return `#compdef lab3
# lab3 for zsh: eval "$(lab3 completion zsh)" below compinit, or as a file _lab3 in a folder of $fpath
_lab3() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  _arguments -C ${flags.flatMap(flagSpecs).map(shellWord).join(' ')} '1:command:->command' '*::argument:->argument'
  case $state in
    command)
      local -a names=(${names.join(' ')})
      _describe -t commands command names
      ;;
    argument)
      case $words[1] in
${arms.join('\n')}
      esac
      ;;
  esac
}
if [[ $funcstack[1] == _lab3 ]]; then _lab3 "$@"; else compdef _lab3 lab3; fi
`;
}

/** `(-h --help)-h[summary]`: one of the spellings rules the others out. */
function flagSpecs(flag: Flag): string[] {
  const all = spellings(flag);
  const others = all.length > 1 ? `(${all.join(' ')})` : '';
  const summary = flag.summary.replaceAll(/[\\[\]]/g, '\\$&');
  const value = flag.placeholder === undefined ? '' : `:${flag.placeholder.slice(1, -1)}:${action(flag)}`;
  return all.map((name) => `${others}${name}${value === '' ? '' : '='}[${summary}]${value}`);
}

function action({ words, list, path }: Offer): string {
  if (words !== undefined) return list ? `_values -s , word ${words.join(' ')}` : `(${words.join(' ')})`;
  return path === undefined ? ' ' : path === 'folder' ? '_files -/' : '_files';
}
