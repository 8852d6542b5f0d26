#!/bin/sh
# shell.sh: puts a login shell on the guest's second terminal and returns. Reads rows, columns and a word that is
# written there when the shell has ended; as an argument the word would show in `ps` and end the shell too soon.

read -r rows columns last_word
rm -f /run/lab3/input
# Held open from here on: what the host types while nobody has the terminal open is lost.
exec 4<>/dev/hvc0 || exit 1
stty sane rows "$rows" cols "$columns" <&4 || exit 1
export PS1='guest:\w\$ '
{
  # `-c` makes it the terminal's own session, so that Ctrl-C reaches what runs in it.
  setsid -c sh -l <&4 >&4 2>&1 4>&-
  # The end of a session hangs its terminal up: descriptor 4 is dead by now.
  printf '%s' "$last_word" >/dev/hvc0
} &
