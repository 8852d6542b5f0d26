#!/bin/sh
# box.sh OUT.box: makes the Vagrant box that the bench measures against: Debian trixie with the cloud kernel, sshd and
# nothing else, from the packages of this machine's own apt sources. Debian or Ubuntu, as root, with debootstrap,
# e2fsprogs and qemu-utils. Takes two minutes and 2 GB below TMPDIR, which it gives back.
set -eu

out=${1:?usage: box.sh OUT.box}
suite=trixie
size=2G
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
# The key pair that every Vagrant knows and replaces by one of its own when a machine first comes up.
key=${VAGRANT_PUBLIC_KEY:-}

mirror() {
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
        sed -n -e 's/^URIs:[[:space:]]*//p' -e 's/^deb[[:space:]]\{1,\}\(\[[^]]*\][[:space:]]*\)\{0,1\}//p' |
        tr -s '[:space:]' '\n' | sed -n 's|/*$||; /^https\{0,1\}:.*\/debian$/p' | head -n 1
}

if [ -z "$key" ]; then
    found=$(find / -path /proc -prune -o -name vagrant.pub -path '*vagrant*/keys/*' -print 2>/dev/null | head -n 1)
    [ -n "$found" ] || { echo "box.sh: no vagrant.pub of an installed Vagrant; set VAGRANT_PUBLIC_KEY" >&2; exit 69; }
    key=$(cat "$found")
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
packages=openssh-server,sudo,systemd-sysv,systemd-resolved,udev,dbus,iproute2,kmod,initramfs-tools,ca-certificates
archive=$(mirror)
script=/usr/share/debootstrap/scripts/$suite
[ -e "$script" ] || script=/usr/share/debootstrap/scripts/sid
debootstrap --variant=minbase --keyring="$keyring" --include="$packages" "$suite" "$root" "$archive" "$script" >"$work/log" 2>&1 ||
    { tail -n 20 "$work/log" >&2; exit 69; }

# The newest kernel, as lab3 takes it, is often one of the security archive.
printf 'deb %s main\n' "$archive $suite" "$archive-security $suite-security" >"$root/etc/apt/sources.list"
chroot "$root" sh -c 'export DEBIAN_FRONTEND=noninteractive
    apt-get -q update && apt-get -qy --no-install-recommends install linux-image-cloud-amd64' >>"$work/log" 2>&1 ||
    { tail -n 20 "$work/log" >&2; exit 69; }

chroot "$root" useradd --create-home --shell /bin/bash vagrant
echo 'vagrant ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/vagrant"
mkdir -m 700 "$root/home/vagrant/.ssh"
echo "$key" >"$root/home/vagrant/.ssh/authorized_keys"
chmod 600 "$root/home/vagrant/.ssh/authorized_keys"
chroot "$root" chown -R vagrant:vagrant /home/vagrant
echo /dev/vda / ext4 defaults 0 1 >"$root/etc/fstab"
printf '[Match]\nName=en* eth*\n[Network]\nDHCP=yes\n' >"$root/etc/systemd/network/all.network"
chroot "$root" systemctl enable systemd-networkd ssh >/dev/null 2>&1
echo UseDNS no >>"$root/etc/ssh/sshd_config"
echo lab3-bench >"$root/etc/hostname"
rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*

mkdir "$work/box"
cp "$root"/boot/vmlinuz-* "$work/box/vmlinuz"
cp "$root"/boot/initrd.img-* "$work/box/initrd.img"
truncate -s "$size" "$work/disk.raw"
mke2fs -q -t ext4 -d "$root" "$work/disk.raw"
qemu-img convert -c -O qcow2 "$work/disk.raw" "$work/box/box.img"
echo '{"provider":"libvirt","format":"qcow2","virtual_size":2}' >"$work/box/metadata.json"
cat >"$work/box/Vagrantfile" <<'BOX'
Vagrant.configure("2") do |config|
  config.vm.provider :libvirt do |libvirt|
    libvirt.kernel = File.join(__dir__, "vmlinuz")
    libvirt.initrd = File.join(__dir__, "initrd.img")
    libvirt.cmd_line = "root=/dev/vda rw console=tty0 console=ttyS0 net.ifnames=0"
  end
end
BOX
tar -C "$work/box" -czf "$out.part" metadata.json Vagrantfile vmlinuz initrd.img box.img
mv "$out.part" "$out"
