import type { Offer } from '../command.ts';
import type { Flag } from '../flags.ts';
import type { Grammar } from './grammar.ts';

export function fishScript({ flags, commands }: Grammar): string {
  const taking = commands.flatMap(({ name, flags }) =>
    flags.filter(({ placeholder }) => placeholder !== undefined).map((flag) => `${name} ${flag.name}`),
  );
  return `# lab3 for fish: lab3 completion fish > ~/.config/fish/completions/lab3.fish
set -g __lab3_taking ${taking.map(quoted).join(' ')}

# __lab3_at COMMAND [PLACE]: whether this command is typed here, and so many arguments of it
function __lab3_at
    set -l command ''
    set -l place 0
    set -l value 0
    for word in (commandline -opc)[2..-1]
        if test $value = 1
            set value 0
        else if string match -q -- '-*' $word
            contains -- "$command $word" $__lab3_taking; and set value 1
        else if test -z "$command"
            set command $word
        else
            set place (math $place + 1)
        end
    end
    test "$command" = "$argv[1]"; and begin
        not set -q argv[2]; or test $place = $argv[2]
    end
end

# __lab3_list WORD...: each of them after those that the word has already
function __lab3_list
    set -l before (string match -r '^.*,' -- (string replace -r '^--[^=]*=' '' -- (commandline -ct)))
    for word in $argv
        echo "$before$word"
    end
end

complete -c lab3 -f
${flags.map((flag) => option('', flag)).join('\n')}
${commands.map(({ name, summary }) => `complete -c lab3 -n "__lab3_at ''" -a ${name} -d ${quoted(summary)}`).join('\n')}
${commands
  .flatMap(({ name, arguments: taken, flags }) => [
    ...taken.flatMap((argument, at) => place(name, at, argument)),
    ...flags.map((flag) => option(name, flag)),
  ])
  .join('\n')}
`;
}

function option(command: string, flag: Flag): string {
  const short = flag.short === undefined ? '' : ` -s ${flag.short.slice(1)}`;
  const value = flag.placeholder === undefined ? '' : ` ${valueFlags(flag)}`;
  const words = `complete -c lab3 -n "__lab3_at '${command}'"${short} -l ${flag.name.slice(2)}${value}`;
  return `${words} -d ${quoted(flag.summary)}`;
}

function place(command: string, at: number, argument: Offer): string[] {
  const value = valueFlags(argument);
  return value === '-x' ? [] : [`complete -c lab3 -n "__lab3_at '${command}' ${at}" ${value.slice(3)}`];
}

/** `-x` and `-r`: a value must follow; only with `-r` it may be a file. */
function valueFlags({ words, list, path }: Offer): string {
  if (words !== undefined)
    return `-x -a ${list ? `'(__lab3_list ${words.join(' ')})'` : quoted(words.join(' '))}`;
  if (path === 'folder') return "-x -a '(__fish_complete_directories)'";
  return path === 'file' ? '-r -F' : '-x';
}

const quoted = (text: string): string => `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
