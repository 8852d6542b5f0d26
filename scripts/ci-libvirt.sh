#!/bin/sh
# ci-libvirt.sh start | stop: libvirt for the time of a test run, on a Debian or Ubuntu machine without systemd. `start`
# starts what does not answer and notes it; `stop` ends what `start` started, with the machines and networks of it. Run
# as root. A libvirt that answers already is left as it is, both times.
#
# Environment: LIBVIRT_PID_FOLDER (where the process ids are noted).
# With CI=true Debian's QEMU is taken off the PATH, where only this libvirt finds it: all other tests are to take the one
# that lab3 fetches.
set -eu

folder=${LIBVIRT_PID_FOLDER:-/tmp/lab3-libvirt}
uri=qemu:///system

say() { printf 'ci-libvirt: %s\n' "$*"; }
ask() { timeout 20 virsh -q -c $uri "$@"; }
answers() { ask version >/dev/null 2>&1; }

start_daemon() {
    setsid "$1" --pid-file "$folder/$1.pid" >"$folder/$1.log" 2>&1 </dev/null &
}

hide_qemu() {
    program=/usr/bin/qemu-system-x86_64
    if [ "${CI:-}" = true ] && [ -e "$program" ]; then
        dpkg-divert --quiet --local --rename --divert "$program.libvirt" --add "$program"
    fi
    [ ! -e "$program.libvirt" ] || {
        printf '#!/bin/sh\nexec %s "$@"\n' "$program.libvirt" >"$folder/qemu-system-x86_64"
        chmod 755 "$folder" "$folder/qemu-system-x86_64"
        PATH=$folder:$PATH
    }
}

start() {
    ! answers || { say "libvirt answers"; return 0; }
    mkdir -p "$folder"
    say "starting virtlogd and libvirtd, logs in $folder"
    # In a container or a small virtual machine there may be no udev that would make the device.
    [ -e /dev/net/tun ] || { mkdir -p /dev/net && mknod /dev/net/tun c 10 200; }
    hide_qemu
    start_daemon virtlogd
    start_daemon libvirtd
    seconds=0
    until answers; do
        seconds=$((seconds + 1))
        if [ "$seconds" -gt 60 ]; then
            say "libvirtd did not answer within 60 s; the end of its log:"
            tail -n 20 "$folder/libvirtd.log"
            stop
            exit 69
        fi
        sleep 1
    done
}

stop() {
    [ -e "$folder/libvirtd.pid" ] || { say "nothing to stop"; return 0; }
    # Machines have a QEMU and networks a dnsmasq that outlive the daemon.
    for machine in $(ask list --name 2>/dev/null || true); do ask destroy "$machine" >/dev/null || true; done
    for network in $(ask net-list --name 2>/dev/null || true); do ask net-destroy "$network" >/dev/null || true; done
    for daemon in libvirtd virtlogd; do
        pid=$(cat "$folder/$daemon.pid" 2>/dev/null || true)
        [ -z "$pid" ] || kill "$pid" 2>/dev/null || true
    done
    rm -rf "$folder"
}

case ${1:-} in
    start | stop) "$1" ;;
    *) say "usage: ci-libvirt.sh start | stop"; exit 2 ;;
esac
