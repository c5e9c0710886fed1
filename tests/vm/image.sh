#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Makes the guest's initramfs: busybox, our binaries and the engines' with their
# libraries, the scenarios, and the module ttlab, which is built here.
# usage: image.sh OUT-FOLDER [systemd] (LAB_BUILD names the build whose binaries
# go in; systemd: with systemd and what is installed besides, image-systemd.sh)
# exit: 0 OUT-FOLDER/initramfs is made; 1 it is not.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=${LAB_BUILD:-$root/build/dev}
guest=$root/.cache/vm
out=$1
tree=$out/tree

die()
{
	echo "image: $*" >&2
	exit 1
}

# Sources are copied: kbuild leaves its objects beside them.
build_module()
{
	local release

	release=$(cat "$guest/release")
	mkdir -p "$out/module"
	cp -u "$here"/module/* "$out/module"
	make -s -C "$guest/usr/src/linux-headers-$release" \
		M="$out/module" modules >"$out/module.log" 2>&1 || {
		cat "$out/module.log" >&2
		die "the module does not build"
	}
	! grep -i warning: "$out/module.log" || die "the module has warnings"
}

# put BINARY TO: and in $out/libraries what it is linked with.
put()
{
	[ -x "$1" ] || die "no $1"
	cp "$1" "$tree/$2"
	ldd "$1" | grep -o '/[^ ]*' >>"$out/libraries"
}

# The host's udev with its package's rules and gpsd's, and ours where Debian's
# package has them. It knows by its name that it is to be the daemon.
put_udev()
{
	put "$(command -v udevadm)" usr/bin
	ln -s udevadm "$tree/usr/bin/systemd-udevd"
	mkdir -p "$tree/lib/udev/rules.d"
	dpkg -L udev | grep '/rules\.d/.*\.rules$' |
		xargs cp -t "$tree/lib/udev/rules.d"
	cp "$root"/.cache/gpsd/lib/udev/rules.d/* "$tree/lib/udev/rules.d"
	cp "$root/systemd/timed.rules" "$tree/lib/udev/rules.d/60-timed.rules"
}

# The loader is where programs name it, and finds the rest in /usr/lib.
put_libraries()
{
	local library

	sort -u "$out/libraries" | while read -r library; do
		case $library in
		/lib64/*) cp "$library" "$tree/lib64" ;;
		*) cp "$library" "$tree/usr/lib" ;;
		esac
	done
}

build_module
rm -rf "$tree"
mkdir -p "$tree"/{bin,lib64,usr/{bin,sbin,lib,share/zoneinfo},var/lib} \
	"$tree"/{proc,sys,dev,tmp,run,etc,lab}
: >"$out/libraries"
cp "$guest/bin/busybox" "$tree/bin"
ln -s /run "$tree/var/run"
put "$build/timed/timed" usr/sbin
put "$build/tools/tt-status" usr/bin
put "$build/tools/tt-ctl" usr/bin
put "$build/tools/skew/tt-skew" usr/bin
put "$build/tests/vm/vm_judge" usr/bin/judge
put "$build/tests/vm/vm_phc_judge" usr/bin/phc_judge
put "$build/tests/vm/vm_clock_judge" usr/bin/clock_judge
put "$root/.cache/chrony/usr/sbin/chronyd" usr/sbin
put "$root/.cache/chrony/usr/bin/chronyc" usr/bin
for name in ptp4l pmc phc2sys phc_ctl hwstamp_ctl; do
	put "$root/.cache/linuxptp/usr/sbin/$name" usr/sbin
done
put "$root/.cache/gpsd/usr/sbin/gpsd" usr/sbin
put "$build/tests/system/nmea-source" usr/bin
put "$(command -v jq)" usr/bin
put "$(command -v setpriv)" usr/bin
put_udev
cp /usr/share/zoneinfo/leap-seconds.list "$tree/usr/share/zoneinfo"
cp "$here/guest/init" "$tree"
cp -r "$here"/guest/*.sh "$here/scenarios" "$tree/lab"
cp "$out/module/ttlab.ko" "$guest/e1000e.ko" "$tree/lab"
cat >"$tree/etc/passwd" <<-PASSWD
	root:x:0:0:root:/:/bin/sh
	_timed:x:900:900::/:/bin/false
PASSWD
printf '%s\n' 'root:x:0:' '_timed:x:900:' >"$tree/etc/group"
if [ "${2:-}" = systemd ]; then
	# shellcheck source=tests/vm/image-systemd.sh
	. "$here/image-systemd.sh"
fi
put_libraries
(cd "$tree" && find . | cpio --quiet -o -H newc) >"$out/initramfs"
