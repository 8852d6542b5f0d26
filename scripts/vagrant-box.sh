#!/bin/sh
# vagrant-box.sh OUT.box: makes a Vagrant box for libvirt, Debian with the cloud kernel, sshd and little else, from the
# packages of this machine's own apt sources; tests and bench use it. amd64, as root, Debian or Ubuntu with debootstrap,
# e2fsprogs, grub-common, grub-pc-bin, qemu-utils and vagrant. Takes two minutes and 2 GB below TMPDIR, which it gives
# back.
#
# Environment: SUITE (trixie), VAGRANT_PUBLIC_KEY (the key that the box lets in; that of the installed Vagrant).
set -eu

out=${1:?usage: vagrant-box.sh OUT.box}
suite=${SUITE:-trixie}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
grub=/usr/lib/grub/i386-pc
# In sectors of 512 bytes.
first=2048
disk=4194304
key=${VAGRANT_PUBLIC_KEY:-}

say() { printf 'vagrant-box: %s\n' "$*" >&2; }

mirror() {
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
        sed -n -e 's/^URIs:[[:space:]]*//p' -e 's/^deb[[:space:]]\{1,\}\(\[[^]]*\][[:space:]]*\)\{0,1\}//p' |
        tr -s '[:space:]' '\n' | sed -n 's|/*$||; /^https\{0,1\}:.*\/debian$/p' | head -n 1
}

# A number as four bytes, the least first, in the octal that printf takes.
bytes() {
    printf '\\%03o\\%03o\\%03o\\%03o' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255))
}

for program in debootstrap mke2fs grub-mkimage qemu-img; do
    command -v $program >/dev/null || { say "there is no $program"; exit 69; }
done
if [ -z "$key" ]; then
    # The key pair that every Vagrant knows and replaces by one of its own when a machine first comes up.
    found=$(find /usr/share /usr/lib /opt -name vagrant.pub -path '*vagrant*/keys/*' 2>/dev/null | head -n 1)
    [ -n "$found" ] || { say "no vagrant.pub of an installed Vagrant; set VAGRANT_PUBLIC_KEY"; exit 69; }
    key=$(cat "$found")
fi
archive=$(mirror)
[ -n "$archive" ] || { say "no Debian mirror in the apt sources of this machine"; exit 69; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
run() { "$@" >>"$work/log" 2>&1 || { tail -n 20 "$work/log" >&2; exit 69; }; }

say "a root of $suite"
script=/usr/share/debootstrap/scripts/$suite
[ -e "$script" ] || script=/usr/share/debootstrap/scripts/sid
run debootstrap --variant=minbase --keyring="$keyring" \
    --include=openssh-server,sudo,systemd-sysv,udev,iproute2,kmod,initramfs-tools,linux-base \
    "$suite" "$root" "$archive" "$script"

# What is emulated is slow: an initramfs of what this disk needs alone, and no services that the lab has no use for.
echo 'MODULES=list' >"$root/etc/initramfs-tools/conf.d/lab3"
echo 'COMPRESS=gzip' >>"$root/etc/initramfs-tools/conf.d/lab3"
printf '%s\n' virtio_pci virtio_blk ext4 >"$root/etc/initramfs-tools/modules"
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service \
    fstrim.timer systemd-tmpfiles-clean.timer; do
    ln -sf /dev/null "$root/etc/systemd/system/$unit"
done

say "the newest kernel"
# As lab3 takes it: often one of the security archive.
printf 'deb %s main\n' "$archive $suite" "$archive-security $suite-security" >"$root/etc/apt/sources.list"
run chroot "$root" sh -c 'export DEBIAN_FRONTEND=noninteractive
    apt-get -q update && apt-get -qy --no-install-recommends install linux-image-cloud-amd64'
[ -e "$root/vmlinuz" ] || ln -s "$(cd "$root" && echo boot/vmlinuz-*)" "$root/vmlinuz"
[ -e "$root/initrd.img" ] || ln -s "$(cd "$root" && echo boot/initrd.img-*)" "$root/initrd.img"

run chroot "$root" useradd --create-home --shell /bin/bash vagrant
echo 'vagrant ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/vagrant"
mkdir -m 700 "$root/home/vagrant/.ssh"
echo "$key" >"$root/home/vagrant/.ssh/authorized_keys"
chmod 600 "$root/home/vagrant/.ssh/authorized_keys"
run chroot "$root" chown -R vagrant:vagrant /home/vagrant
echo /dev/vda1 / ext4 defaults 0 1 >"$root/etc/fstab"
# Machines of one box that say who they are by the same id get one address between them.
: >"$root/etc/machine-id"
printf '[Match]\nName=en* eth*\n[Network]\nDHCP=yes\n[DHCPv4]\nClientIdentifier=mac\n' \
    >"$root/etc/systemd/network/all.network"
run chroot "$root" systemctl enable systemd-networkd ssh
echo UseDNS no >>"$root/etc/ssh/sshd_config"
echo lab3 >"$root/etc/hostname"
# sudo looks its own computer up, and complains of one that it cannot find.
printf '127.0.0.1 localhost\n127.0.1.1 lab3\n' >"$root/etc/hosts"
rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* "$root"/usr/share/doc "$root"/usr/share/locale

say "a disk that starts by itself"
mkdir "$work/box"
truncate -s $(((disk - first) * 512)) "$work/part.raw"
run mke2fs -q -t ext4 -d "$root" "$work/part.raw"
truncate -s $((disk * 512)) "$work/disk.raw"
# The kernel that the package's own links name, so that a kernel which is installed later is the one that starts. Under
# load an emulated timer is late, and the kernel takes that for a broken board.
cat >"$work/grub.cfg" <<'GRUB'
linux (hd0,msdos1)/vmlinuz root=/dev/vda1 rw quiet console=tty0 console=ttyS0 net.ifnames=0 no_timer_check
initrd (hd0,msdos1)/initrd.img
boot
GRUB
run grub-mkimage -O i386-pc -d "$grub" -o "$work/core.img" -c "$work/grub.cfg" -p '(hd0,msdos1)/boot/grub' \
    biosdisk part_msdos ext2 linux
# A boot sector with one active Linux partition; GRUB's own image lies between it and the partition.
# shellcheck disable=SC2059 # the octal is the format
{
    head -c 446 "$grub/boot.img"
    printf "\\200\\376\\377\\377\\203\\376\\377\\377$(bytes $first)$(bytes $((disk - first)))"
    head -c 48 /dev/zero
    printf '\125\252'
} >"$work/sector"
dd if="$work/sector" of="$work/disk.raw" conv=notrunc status=none
dd if="$work/core.img" of="$work/disk.raw" bs=512 seek=1 conv=notrunc status=none
dd if="$work/part.raw" of="$work/disk.raw" bs=1M seek=$((first * 512 / 1048576)) conv=notrunc,sparse status=none
run qemu-img convert -c -O qcow2 "$work/disk.raw" "$work/box/box.img"
echo '{"provider":"libvirt","format":"qcow2","virtual_size":2,"architecture":"amd64"}' >"$work/box/metadata.json"
tar -C "$work/box" -czf "$out.part" metadata.json box.img
mv "$out.part" "$out"
say "$out, Linux $(basename "$(readlink "$root/vmlinuz")" | sed 's/^vmlinuz-//')"
