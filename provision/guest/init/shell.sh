#!/bin/sh
# shell.sh ROWS COLUMNS LAST_WORD: puts a login shell on the guest's second terminal and returns. The last word is
# written there when the shell has ended.

# Held open from here on: what the host types while nobody has the terminal open is lost.
exec 4<>/dev/hvc0 || exit 1
stty sane rows "$1" cols "$2" <&4 || exit 1
export PS1='\u@guest:\w\$ '
# `setsid -c` makes it the terminal's own session, so that Ctrl-C reaches what runs in it.
{
  setsid -c sh -l
  printf '%s' "$3"
} <&4 >&4 2>&1 4>&- &
