# shellcheck shell=sh
# Serves the host on file descriptor 3: a line with a verb and numbers, then that many bytes. One script runs at
# a time; its output goes to the host as it comes and ends with a line that starts with the host's own token, which
# the script is not told. A read that ends means that the host is gone: the machine goes too.

# take BYTES: exactly so many from the host; `dd` because `head` would read past the end.
take() {
  dd bs=65536 count="$1" iflag=count_bytes,fullblock status=none <&3
}

# start TOKEN: the waiting shell leads a process group of its own, so that a cancelled script goes with its children.
start() {
  setsid sh -c '
    ( . "/run/lab3/$1.sh" ) </run/lab3/input >&3 2>&1 3>&-
    status=$?
    rm -f "/run/lab3/$1.sh"
    printf "%s exit %d\n" "$1" "$status" >&3
  ' sh "$1" &
  group=$!
}

serve() {
  while read -r verb token script_bytes input_bytes <&3; do
    case $verb in
      run)
        take "$script_bytes" >"/run/lab3/$token.sh"
        take "$input_bytes" >/run/lab3/input
        start "$token"
        ;;
      cancel)
        kill -KILL "-$group"
        printf '%s cancelled\n' "$token" >&3
        ;;
      end)
        # At the highest level, so that no console level hides it.
        echo "<0>lab3-guest: end of log" >/dev/kmsg
        ;;
      off) return ;;
    esac
  done
}

printf 'ready %s %s\n' "$(uname -r)" "$(grep -c ^processor /proc/cpuinfo)" >&3
serve
poweroff -f
