#!/bin/sh
# box.sh serve | log WORD | shell ROWS COLUMNS: what the host starts over ssh, as root, in a machine of Vagrant. The
# programs are busybox's, as in the lab's own machine; the distribution's own come after them.

here=/var/lib/lab3
export HOME=/root PATH=$here/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=linux
cd /root || exit 1

# The kernel's log from here on, marked with a word that the host knows, for as long as somebody reads it.
follow_log() {
  echo "<7>lab3-guest: log follows $1" >/dev/kmsg
  # A record that was overwritten before it was read is an error: the next reader begins anew, and the host counts.
  while echo; do dd if=/dev/kmsg bs=16384 status=none 2>/dev/null; done
}

# What the machine was like before the first module of a student, for whoever asks later whether it still is.
note_state() {
  mkdir -p /run/lab3
  [ ! -e /run/lab3/modules ] || return 0
  cat /proc/sys/kernel/tainted >/run/lab3/tainted
  cut -d' ' -f1 /proc/modules >/run/lab3/modules
  # A login prompt would stand in the picture of the screen.
  [ ! -d /run/systemd/system ] || systemctl stop getty@tty1.service
}

# Nobody reads this machine's own serial console: what is written there goes the way of the kernel's log. Below the
# level that is shown on the screen, and only here, since the mounts of this shell are its own.
join_console() {
  rm -f /run/lab3/console
  mkfifo -m 600 /run/lab3/console && mount --bind /run/lab3/console /dev/console || return 1
  (
    exec 5<>/run/lab3/console </dev/null >/dev/null
    while IFS= read -r line <&5; do
      [ -z "$line" ] || echo "<7>lab3-console: $line" >/dev/kmsg
    done
  ) &
  relay=$!
}

end_machine() {
  kill "$relay" 2>/dev/null
  exit 0
}

case $1 in
  serve)
    note_state
    [ -d /sys/kernel/debug/tracing ] || mount -t debugfs debugfs /sys/kernel/debug
    echo on >/proc/sys/kernel/printk_devkmsg
    echo Y >/sys/module/printk/parameters/time
    echo 7 >/proc/sys/kernel/printk
    # shellcheck source=provision/guest/init/trace.sh
    . $here/trace.sh
    join_console || exit 1
    exec 3<&0 4>&1 </dev/null >/dev/null
    read -r stat </proc/$$/stat
    stat=${stat##*) }
    stat=${stat#* * * }
    own_session=${stat%% *}
    ready="ready $(uname -r) $(grep -c ^processor /proc/cpuinfo)"
    echo "$ready" >&4
    # shellcheck source=provision/guest/init/agent.sh
    . $here/agent.sh
    ;;
  log) follow_log "$2" ;;
  shell)
    stty rows "$2" cols "$3"
    tty >/run/lab3/tty
    PS1='guest:\w\$ ' exec sh -l
    ;;
esac
