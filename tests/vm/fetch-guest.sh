#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Unpacks into .cache/vm/ what the VM lab's guest is made of: Debian's kernel
# (bookworm-security's 6.12 family, whatever version it has today), the headers
# its modules are built with, and busybox. Nothing is installed.
# usage: fetch-guest.sh [--offline]
# exit: 0 it is there; 1 it cannot be had; 2 usage.
# Quick, and without network, once it is there.
set -euo pipefail

family=6.12-amd64
offline=
case ${1:-} in
--offline) offline=1 ;;
'') ;;
*) echo "usage: fetch-guest.sh [--offline]" >&2; exit 2 ;;
esac

root=$(cd "$(dirname "$0")/../.." && pwd)
cache=$root/.cache
dir=$cache/vm
# Of the image's thousands of modules this one: a NIC that QEMU has, too.
module=e1000e

die()
{
	echo "guest: $*" >&2
	exit 1
}

if [ -e "$dir/release" ]; then
	echo "guest: Linux $(cat "$dir/release") in $dir"
	exit 0
fi
[ -z "$offline" ] || die "not in $dir, and told to use no network"
for tool in apt-get apt-cache dpkg-deb zstd xz; do
	command -v $tool >/dev/null || die "no $tool here"
done
[ "$(dpkg --print-architecture)" = amd64 ] || die "for amd64 alone"

mkdir -p "$cache"
work=$(mktemp -d "$cache/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT

# What the family's newest package depends on, in $release.
resolve()
{
	release=$(apt-cache depends "linux-image-$family" 2>/dev/null |
		sed -n 's/^ *Depends: linux-image-//p' | head -n 1)
	[ -n "$release" ]
}

download()
{
	resolve || return 1
	(cd "$work" && apt-get -qq download "linux-image-$release" \
		"linux-headers-$release" \
		"linux-headers-${release%-amd64}-common" \
		"linux-kbuild-${release%-amd64}" busybox-static \
		2>"$work/log")
}

: >"$work/log"
echo "guest: downloading Debian's kernel and busybox"
# A fresh image has no package lists, an old one names versions that are gone.
if ! download && ! { [ "$(id -u)" -eq 0 ] && apt-get -qq update \
	2>"$work/log" && download; }; then
	cat "$work/log" >&2
	die "no linux-image-$family to download (as root: apt-get update?)"
fi

tree=$work/tree
mkdir -p "$tree"
for deb in "$work"/*.deb; do
	case $deb in
	*/linux-image-*)
		dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$tree" --wildcards \
			./boot "*/$module.ko.xz"
		;;
	*) dpkg-deb -x "$deb" "$tree" ;;
	esac
done
find "$tree/lib/modules" -name "$module.ko.xz" -exec xz -dc {} + \
	>"$tree/$module.ko"

# QEMU boots an uncompressed kernel without firmware or loader: the payload of
# vmlinuz begins at zstd's magic, and something else follows it.
at=$(LC_ALL=C grep -obUaP -m 1 '\x28\xb5\x2f\xfd' \
	"$tree/boot/vmlinuz-$release" | head -n 1 | cut -d: -f1)
[ -n "$at" ] || die "vmlinuz has no zstd payload"
tail -c +$((at + 1)) "$tree/boot/vmlinuz-$release" |
	zstd -qdc >"$tree/vmlinux" 2>/dev/null || true
[ "$(head -c 4 "$tree/vmlinux" | tail -c 3)" = ELF ] ||
	die "vmlinuz's payload is no kernel"

# The headers name one another by their place in /usr; with a vmlinux among
# them the build would ask for pahole.
headers=$tree/usr/src/linux-headers-$release
sed -i "s#/usr/src#$dir/usr/src#" "$headers/Makefile"
rm -rf "$headers/vmlinux" "${tree:?}"/{boot,lib,usr/share}

echo "$release" >"$tree/release"
rm -rf "$dir"
mv "$tree" "$dir"
echo "guest: Linux $release in $dir"
