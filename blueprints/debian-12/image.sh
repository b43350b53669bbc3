#!/usr/bin/env bash
# Makes Debian's root file system for an image, by mmdebstrap from this computer's own apt sources. Needs root.
#
#   image.sh SUITE FOLDER      leaves metadata.tar and rootfs.squashfs in the folder, in Incus' split format
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
(($# == 2)) || { echo "usage: image.sh SUITE FOLDER" >&2; exit 1; }
suite=$1
output=$(cd "$2" && pwd)
user=admin
. "$here/machine.sh"
needs mmdebstrap mksquashfs
make_work "$output" "$here/image.sh" "$@"

apt_lines() {
    local main security host_suite signed
    host_suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
    read -r main signed < <("$here/apt-source" "$host_suite") || die "needs a Debian host"
    security=$("$here/apt-source" "$host_suite-security" | cut -d' ' -f1) || security=""
    echo "deb $main $suite main"
    echo "deb $main $suite-updates main"
    [[ -z $security ]] || echo "deb $security $suite-security main"
}

root_files
customize >"$work/customize"
packages=systemd,systemd-sysv,dbus,openssh-server,openssh-client,sudo,ca-certificates,iproute2,iputils-ping,curl,procps
packages+=,less,nano,netbase,tzdata,login,passwd
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
say "making Debian's root file system ($suite)"
# Manuals and translations of the base system are left out; packages that are installed later bring theirs.
apt_lines | WORK=$work LOGIN=$user mmdebstrap --quiet --mode=root --variant=apt --format=directory --keyring="$keyring" \
    --include="$packages" --aptopt='APT::Install-Recommends "false"' \
    --aptopt="Acquire::Check-Valid-Until \"$(apt-config shell v Acquire::Check-Valid-Until/b | grep -q "'false'" && echo false || echo true)\"" \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --customize-hook='sh "$WORK/customize" "$1"' \
    "$suite" "$work/root" -
rm -f "$work/root/etc/apt/apt.conf.d/99mmdebstrap"
describe debian "$suite"
pack "$output"
say "$suite is in $output ($SECONDS s)"
