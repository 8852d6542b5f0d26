# shellcheck shell=sh
# Serves the host on descriptor 3: a line with a verb and numbers, then that many bytes. One script runs at a time;
# its output goes to the host as it comes and ends with a line that starts with the host's own token. The token is in
# no argument, so that a script which lists processes does not print it. A read that ends means that the host is gone: the machine goes too.

# take BYTES: exactly so many from the host; `dd` because `head` would read past the end.
take() {
  dd bs=65536 count="$1" iflag=count_bytes,fullblock status=none <&3
}

group=
while read -r verb token script_bytes input_bytes <&3; do
  case $verb in
    run)
      take "$script_bytes" >/run/lab3/script
      take "$input_bytes" >/run/lab3/input
      echo "$token" >/run/lab3/token
      # A process group of its own, so that a cancelled script goes with its children.
      setsid sh /lib/lab3/job.sh &
      group=$!
      ;;
    cancel)
      kill -KILL "-$group"
      printf '%s cancelled\n' "$token" >&3
      ;;
    hello)
      # This machine was saved and goes on now, elsewhere and later. The other numbers are random bytes and the time.
      # Nothing here but `date` needs a process: the host waits for this answer.
      echo "$script_bytes" >/dev/urandom
      echo "$ready $token" >&3
      date -s "@$input_bytes" >/dev/null
      ;;
    end)
      # At the highest level, so that no console level hides it.
      echo "<0>lab3-guest: end of log" >/dev/kmsg
      ;;
    off) break ;;
  esac
done
end_machine
