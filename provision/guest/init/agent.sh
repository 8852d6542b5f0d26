# shellcheck shell=sh
# Serves the host, whom descriptor 3 hears and 4 answers: a line with a verb, a word and two numbers, then what they
# announce. One script runs at a time; its output goes to the host as it comes and ends with a line that starts with the
# host's own token, which is in no argument and no variable that the script could see. A read that ends means that the
# host is gone: `end_machine` knows what then. `own_session` is the session of this shell. In an emulated machine a
# process costs 10 ms or 20, so the shell itself does what it can.

newline='
'
job=

# run TOKEN LINES BYTES: a script of so many lines, and bytes that it finds in /run/lab3/input.
run_script() {
  script=
  while [ "$lines" -gt 0 ] && IFS= read -r line <&3; do
    script=$script$line$newline
    lines=$((lines - 1))
  done
  input=/dev/null
  if [ "$bytes" -gt 0 ]; then
    input=/run/lab3/input
    # Not `head`, which would read past the end.
    dd bs=65536 count="$bytes" iflag=count_bytes,fullblock status=none <&3 >$input
  fi
  (
    # No shell of its own: busybox forks for most of its programs and starts none, and where none is started, a seventh of what an
    # emulated machine has to translate for a short run is never asked for.
    (unset token && eval "$script") <$input >&4 2>&1 3<&- 4>&-
    printf '%s exit %d\n' "$token" "$?" >&4
  ) &
  job=$!
}

# Ends the script with all that it started: every process since it began that is no kernel thread and has no session
# of its own. No `kill` of a process group, since making one takes a process more for each script.
cancel_script() {
  for folder in /proc/[0-9]*; do
    pid=${folder#/proc/}
    [ "$pid" -ge "$job" ] || continue
    read -r stat 2>/dev/null <"$folder/stat" || continue
    # After the name in brackets, which may hold anything: state, parent, process group, session.
    stat=${stat##*) }
    parent=${stat#* }
    session=${parent#* * }
    [ "${parent%% *}" -eq 2 ] || [ "${session%% *}" -ne "${own_session:?}" ] || kill -KILL "$pid" 2>/dev/null
  done
}

while read -r verb token lines bytes <&3; do
  case $verb in
    run) run_script ;;
    cancel)
      # Twice: what is killed may have started something meanwhile.
      cancel_script
      cancel_script
      printf '%s cancelled\n' "$token" >&4
      ;;
    hello)
      # hello TOKEN RANDOM TIME: this machine was saved and goes on now, elsewhere and later. The host waits for the
      # answer, not for the clock.
      echo "$lines" >/dev/urandom
      echo "${ready:?} $token" >&4
      date -s "@$bytes" >/dev/null
      ;;
    end)
      # At the highest level, so that no console level hides it.
      echo "<0>lab3-guest: end of log" >/dev/kmsg
      ;;
  esac
done
end_machine
