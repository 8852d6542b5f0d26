#!/bin/sh
# Gives a Debian or Ubuntu machine without a Docker engine one to test with: installs it, starts it by hand
# where no systemd does, and makes the base image where none can be pulled. Run as root. Safe to run again:
# an engine that answers and an image that is there are kept.
#
# Environment: DOCKER_DATA_ROOT (where the engine keeps its data), DOCKER_PID_FILE, BASE_IMAGE.
set -eu

base_image=${BASE_IMAGE:-debian:trixie-slim}
pid_file=${DOCKER_PID_FILE:-/tmp/dockerd.pid}
log_file=${DOCKER_LOG_FILE:-/tmp/dockerd.log}
socket=/var/run/docker.sock
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

say() { printf 'ci-docker: %s\n' "$*"; }

answers() { curl --silent --fail --max-time 5 --unix-socket "$socket" http://engine/_ping >/dev/null 2>&1; }

# The mirror that this machine's own packages come from.
mirror() {
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
        sed -n -e 's/^URIs:[[:space:]]*//p' -e 's/^deb[[:space:]]\{1,\}\(\[[^]]*\][[:space:]]*\)\{0,1\}//p' |
        tr -s '[:space:]' '\n' | sed -n 's|/*$||; /^https\{0,1\}:.*\/debian$/p' | head -n 1
}

install_packages() {
    missing=
    command -v dockerd >/dev/null || missing="$missing docker.io iptables"
    command -v debootstrap >/dev/null || missing="$missing debootstrap"
    command -v curl >/dev/null || missing="$missing curl"
    [ -e "$keyring" ] || missing="$missing debian-archive-keyring"
    [ -n "$missing" ] || return 0
    say "installing$missing"
    apt-get update -qq
    # shellcheck disable=SC2086 # a list of words
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
}

start_engine() {
    say "starting dockerd, log in $log_file"
    rm -f "$pid_file"
    set -- --host "unix://$socket" --pidfile "$pid_file"
    [ -z "${DOCKER_DATA_ROOT:-}" ] || set -- "$@" --data-root "$DOCKER_DATA_ROOT"
    setsid dockerd "$@" >"$log_file" 2>&1 </dev/null &
    seconds=0
    until answers; do
        seconds=$((seconds + 1))
        if [ "$seconds" -gt 60 ]; then
            say "dockerd did not answer within 60 s; the end of its log:"
            tail -n 20 "$log_file"
            exit 69
        fi
        sleep 1
    done
}

has_image() {
    curl --silent --fail --max-time 10 --unix-socket "$socket" "http://engine/images/$1/json" >/dev/null 2>&1
}

import_image() {
    # A registry is the first choice; without one the same file system comes from the machine's own mirror.
    if curl --silent --fail --max-time 120 --unix-socket "$socket" -X POST \
        "http://engine/images/create?fromImage=${base_image%:*}&tag=${base_image##*:}" 2>/dev/null |
        tail -n 1 | grep -q '"status"' && has_image "$base_image"; then
        say "pulled $base_image"
        return 0
    fi
    from=$(mirror)
    [ -n "$from" ] || { say "no Debian mirror in the apt sources of this machine"; exit 69; }
    suite=${base_image##*:}
    suite=${suite%-slim}
    root=$(mktemp -d)
    trap 'rm -rf "$root"' EXIT
    say "making $base_image from the machine's own mirror"
    script=/usr/share/debootstrap/scripts/$suite
    [ -e "$script" ] || script=/usr/share/debootstrap/scripts/sid
    debootstrap --variant=minbase --keyring="$keyring" "$suite" "$root/root" "$from" "$script" >"$root/log" 2>&1 ||
        { tail -n 20 "$root/log"; exit 69; }
    rm -rf "$root/root/var/cache/apt/archives/"*.deb "$root/root/var/lib/apt/lists/"*
    tar -C "$root/root" -c . | curl --silent --fail --max-time 300 --unix-socket "$socket" \
        -H 'Content-Type: application/x-tar' --upload-file - -X POST \
        "http://engine/images/create?fromSrc=-&repo=${base_image%:*}&tag=${base_image##*:}" >/dev/null
    has_image "$base_image" || { say "the engine did not take the image"; exit 69; }
}

install_packages
answers || start_engine
has_image "$base_image" || import_image
say "engine and $base_image are ready"
