#!/usr/bin/env bash
# Makes a machine's root file system of a stock image on a server of images, e.g. of Ubuntu. Needs root.
#
#   foreign.sh REMOTE:ALIAS USER FOLDER     leaves metadata.tar and rootfs.squashfs in the folder, in Incus' split format
#
# REMOTE is one of root's remotes of Incus' own client ('incus remote list'), which fetches the image and checks its hash. USER
# is whom people log in as. What is missing (sshd, sudo) comes from the image's own package sources.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
(($# == 3)) || { echo "usage: foreign.sh REMOTE:ALIAS USER FOLDER" >&2; exit 1; }
image=$1 user=$2
output=$(cd "$3" && pwd)
. "$here/machine.sh"
needs incus mksquashfs unsquashfs
make_work "$output" "$here/foreign.sh" "$@"
root=$work/root
[[ -n ${HOME-} ]] || export HOME=/root

say "fetching $image"
mkdir "$work/stock"
incus image export "$image" "$work/stock/image" >"$work/said" 2>&1 </dev/null ||
    die "the image '$image' could not be had: $(tail -n 1 "$work/said")
See whether its server is reached from here: incus image list ${image%%:*}: (the servers: incus remote list)"

# Two files, what Incus is to be told and the root file system, or one with both.
for file in "$work/stock"/*; do
    case $(head -c 4 "$file" | od -An -c | tr -d ' ') in
    hsqs) unsquashfs -quiet -no-progress -d "$root" "$file" >/dev/null ;;
    *)  tar -C "$work/stock" --numeric-owner -xf "$file" ;;
    esac
done
[[ -d $root ]] || mv "$work/stock/rootfs" "$root" 2>/dev/null || die "'$image' has no root file system; is it of a container?"
rm -rf "$work/stock"
[[ -x $root/usr/lib/systemd/systemd || -x $root/lib/systemd/systemd ]] || die "'$image' boots without systemd, which Sloop's machines need"

root_files
customize >"$work/customize"
# Its own sources are reached as this computer's are.
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
rm -f "$root/etc/resolv.conf"
cat /etc/resolv.conf >"$root/etc/resolv.conf"
inside() { env -i HOME=/root LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"; }
say "installing what is missing"
if [[ -x $root/usr/bin/apt-get ]]; then
    cp "$work/files/etc/apt/apt.conf.d/60sloop" "$root/etc/apt/apt.conf.d/"
    # Nothing is to be started in here.
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod 755 "$root/usr/sbin/policy-rc.d"
    inside apt-get update -qq
    inside apt-get install -y -qq --no-install-recommends openssh-server sudo ca-certificates iproute2 curl procps >"$work/said"
    inside apt-get clean
    rm -rf "$root/usr/sbin/policy-rc.d" "$root"/var/lib/apt/lists/*
elif [[ -x $root/usr/bin/dnf ]]; then
    rm -rf "$work/files/etc/apt"
    inside dnf -y -q install openssh-server sudo ca-certificates iproute procps-ng
    inside dnf -q clean all
else
    die "'$image' has neither apt-get nor dnf, of which one is needed to install sshd"
fi
umount --lazy --recursive "$root/dev" "$root/proc"

WORK=$work LOGIN=$user sh "$work/customize" "$root"
# A stock image finds its address and its names by itself; here they are there before init is.
rm -rf "$root"/etc/netplan/*.yaml "$root"/etc/systemd/network/*.network "$root"/etc/ssh/sshd_config.d
mkdir -p "$root/etc/cloud"
: >"$root/etc/cloud/cloud-init.disabled"
for unit in NetworkManager.service NetworkManager-wait-online.service networking.service systemd-networkd.service \
    systemd-networkd.socket ssh.socket sshd.socket sshd-keygen.target cloud-init.target; do
    ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
ln -sf /dev/null "$root/etc/systemd/system-generators/netplan"
# sshd reads what is ours alone.
rm -f "$root/etc/systemd/system/sshd.service.d"/* "$root/etc/systemd/system/ssh.service.d"/*
describe "${image#*:}" "$(. "$root/usr/lib/os-release" && echo "${VERSION_ID-}")"
pack "$output"
say "$image is in $output ($SECONDS s)"
