# The compiler and kernel headers that lab3 builds modules with, and nothing else: the same files from the same
# packages as its other builders use. lab3 puts the verified .deb files into debs/ of the build context. Built by
# hand (docker build -f Dockerfile.builder .), it takes the newest of Debian's cloud kernel from the archive.
ARG BASE=debian:trixie-slim

FROM ${BASE} AS unpack
LABEL lab3=1
ARG HEADERS=
ARG PACKAGES="make binutils dash coreutils sed grep findutils mawk diffutils"
# The pattern lets debs/ be missing; the first name is there so that something always matches.
COPY Dockerfile.builder debs* /debs/
# An empty status file makes apt take the whole closure, as if nothing were installed.
RUN set -eu; cd /debs; \
    if ! ls ./*.deb >/dev/null 2>&1; then \
        : >/tmp/status; mkdir -p /debs/partial; \
        apt-get update; \
        apt-get install --yes --no-install-recommends --download-only \
            -o Dir::State::status=/tmp/status -o Dir::Cache::archives=/debs \
            "${HEADERS:-linux-headers-cloud-$(dpkg --print-architecture)}" ${PACKAGES}; \
    fi; \
    for folder in bin sbin lib lib64; do \
        mkdir -p "/toolchain/usr/$folder"; ln -s "usr/$folder" "/toolchain/$folder"; \
    done; \
    find . -name '*.deb' -print0 | xargs -0 -n 1 -P "$(nproc)" sh -c \
        'dpkg-deb --fsys-tarfile "$0" | tar -x -C /toolchain --keep-directory-symlink --no-same-owner \
            --exclude=./usr/share/doc --exclude=./usr/share/man --exclude=./usr/share/locale \
            --exclude=./usr/share/info --exclude=./boot --exclude=lto1 --exclude=*-lto-dump-* --exclude=./var'; \
    ln -sf mawk /toolchain/usr/bin/awk; \
    mkdir -p /toolchain/build /toolchain/tmp; chmod 1777 /toolchain/tmp

FROM scratch
LABEL lab3=1
COPY --from=unpack /toolchain /
USER 1000:1000
WORKDIR /build
