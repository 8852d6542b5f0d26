#!/bin/sh
# The guest's first process: makes the machine usable, then serves the host over a virtio serial port until the
# host goes away. It stays PID 1 itself, so neither the out-of-memory killer nor a stray `kill -9 -1` ends it.

/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t debugfs debugfs /sys/kernel/debug
# What nearly every script uses: made once, it is in the state that machines start from. Not every kernel traces.
mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null
mkdir -p /run/lab3 /tmp /root
mkfifo /run/never

export HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=linux
cd /root || exit 1

# Ends the machine: QEMU is told not to reboot. A kernel without ACPI cannot switch the power off.
end_machine() {
  reboot -f
}

# Before the agent answers nobody can ask what went wrong, so it is said in the kernel's log, where the host looks.
fail() {
  echo "<0>lab3-guest: failed: $1" >/dev/kmsg
  end_machine
}

# The port's number depends on the machine; its name does not.
control_port() {
  for name in /sys/class/virtio-ports/*/name; do
    [ -e "$name" ] || continue
    read -r value <"$name"
    [ "$value" = lab3.control ] || continue
    port=${name%/name}
    echo "/dev/${port##*/}"
  done
}

while read -r module; do
  insmod "$module" || fail "cannot load $module"
done </lib/lab3/modules

tries=0
until port=$(control_port) && [ -n "$port" ]; do
  tries=$((tries + 1))
  [ "$tries" -lt 500 ] || fail "the control port did not appear within 5 s"
  sleep 0.01
done

# A blank screen without the firmware's words and a cursor, and from here on every message of the kernel on it.
[ ! -e /dev/tty1 ] || printf '\033[2J\033[H\033[?25l' >/dev/tty1
# Firmware leaves its last line on the serial console open.
[ ! -d /sys/firmware/efi ] || echo >/dev/console
dmesg -n 8

exec 3<>"$port" 4>&3 || fail "cannot open $port"
# shellcheck source=provision/guest/init/trace.sh
. /lib/lab3/trace.sh
# Kept, so that a machine that was saved here answers at once when it goes on.
ready="ready $(uname -r) $(grep -c ^processor /proc/cpuinfo)"
echo "$ready" >&4
# The first process and its children are in none.
own_session=0
# shellcheck source=provision/guest/init/agent.sh
. /lib/lab3/agent.sh
