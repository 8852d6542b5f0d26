#!/bin/sh
# job.sh TOKEN: runs the host's script in a shell of its own and reports its exit status. Output goes to the host as it
# comes, on descriptor 3, which the script itself has only as its output.

# shellcheck source=/dev/null
(. "/run/lab3/$1.sh") </run/lab3/input >&3 2>&1 3>&-
status=$?
rm -f "/run/lab3/$1.sh"
printf '%s exit %d\n' "$1" "$status" >&3
