/** For bash 3.2, which macOS has, and newer: no help of the package bash-completion. */

import { shellWord } from '../../provision/shell-word.ts';
import type { Offer } from '../command.ts';
import { type Flag, spellings } from '../flags.ts';
import type { Grammar } from './grammar.ts';

export function bashScript({ flags, commands }: Grammar): string {
  const values = commands.flatMap(({ name, flags }) =>
    flags.filter(({ placeholder }) => placeholder !== undefined).map((flag) => ({ name, flag })),
  );
  const places = commands.flatMap(({ name, arguments: taken }) =>
    taken.map((argument, at) => arm(`${name} ${at}`, argument)),
  );
  return `# lab3 for bash: eval "$(lab3 completion bash)"
_lab3() {
  local word current=\${COMP_WORDS[COMP_CWORD]} command='' flag='' place=0 at
  COMPREPLY=()
  # bash makes words of their own of the = in --flag=value.
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    if [[ $word == '=' ]]; then continue; fi
    if [[ -n $flag ]]; then flag=''; continue; fi
    case $word in
      -*) if _lab3_takes "$command $word"; then flag=$word; fi ;;
      *) if [[ -z $command ]]; then command=$word; else place=$((place + 1)); fi ;;
    esac
  done
  if [[ $current == '=' ]]; then current=''; fi
  if [[ -n $flag ]]; then
    case "$command $flag" in
${values.map(({ name, flag }) => arm(`${name} ${flag.name}`, flag)).join('\n')}
    esac
  elif [[ $current == -* ]]; then
    case $command in
      '') _lab3_words ${wordsOf(flags)} ;;
${commands.map(({ name, flags }) => `      ${name}) _lab3_words ${wordsOf(flags)} ;;`).join('\n')}
    esac
  elif [[ -z $command ]]; then
    _lab3_words ${shellWord(commands.map(({ name }) => name).join(' '))}
  else
    case "$command $place" in
${places.join('\n')}
    esac
  fi
}
_lab3_takes() {
  case $1 in
    ${values.map(({ name, flag }) => shellWord(`${name} ${flag.name}`)).join(' | ')}) return 0 ;;
  esac
  return 1
}
_lab3_words() {
  COMPREPLY=($(compgen -W "$1" -- "$current"))
}
_lab3_list() {
  local before=''
  if [[ $current == *,* ]]; then before=\${current%,*},; fi
  COMPREPLY=($(compgen -P "$before" -W "$1" -- "\${current##*,}"))
  compopt -o nospace 2>/dev/null
}
_lab3_paths() {
  local found
  # Names may have spaces. Older than 4, bash has no compopt: then they are not quoted.
  while IFS= read -r found; do COMPREPLY[\${#COMPREPLY[@]}]=$found; done < <(compgen "$1" -- "$current")
  compopt -o filenames 2>/dev/null
}
complete -F _lab3 lab3
`;
}

const arm = (pattern: string, offer: Offer): string => `      ${shellWord(pattern)}) ${action(offer)} ;;`;

function action({ words, list, path }: Offer): string {
  if (words !== undefined) return `${list ? '_lab3_list' : '_lab3_words'} ${shellWord(words.join(' '))}`;
  return path === undefined ? ':' : `_lab3_paths ${path === 'folder' ? '-d' : '-f'}`;
}

const wordsOf = (flags: readonly Flag[]): string => shellWord(flags.flatMap(spellings).join(' '));
