#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Boots a real systemd on a copy-on-write view of this machine's own files, with
# the build installed in it, and runs a test there: units as they are, in the
# namespaces of a machine of their own. Nothing of it touches this machine: what
# is written goes to memory, and CAP_SYS_TIME is dropped before systemd starts,
# so that no unit can set the clock, which namespaces share.
# usage: boot.sh TEST (LAB_BUILD names the build; with LAB_DEBS, a folder of
# packages, nothing is installed, and they are at hand in /lab)
# exit: what the test says; 77 it cannot be run here, and the last line says why.
set -u

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=${LAB_BUILD:-$root/build/dev}
limit_s=120

skip()
{
	echo "skipped: $*"
	exit 77
}

# Files that come from packages which are unpacked, not installed.
put_engine() # NAME
{
	local part

	for part in "$root/.cache/$1"/*; do
		# /lib is usr/lib, a link
		mkdir -p "$lab/root/${part##*/}/"
		cp -a "$part/." "$lab/root/${part##*/}/" || exit 1
	done
}

make_root()
{
	mount -t tmpfs tmpfs "$lab" || skip "no right to mount"
	mkdir "$lab/up" "$lab/work" "$lab/root"
	mount -t overlay overlay -o \
		"lowerdir=/,upperdir=$lab/up,workdir=$lab/work" "$lab/root" ||
		skip "no overlay file system"
	if [ -n "${LAB_DEBS:-}" ]; then
		mkdir "$lab/root/lab"
		cp "$LAB_DEBS"/*.deb "$lab/root/lab" || exit 1
	else
		DESTDIR=$lab/root cmake --install "$build" >/dev/null ||
			exit 1
	fi
	put_engine chrony
	put_engine gpsd
	put_engine linuxptp
	mkdir -p "$lab/root/lab"
	cp "$here"/*.sh "$root/tests/system/expect.sh" "$lab/root/lab"
	cp "$root"/examples/*-hardening.conf "$lab/root/lab"
	cp "$build/tests/system/ntpserver" "$build/tests/system/nmea-source" \
		"$build/tests/system/judge" "$lab/root/lab"
}

make_devices()
{
	mount -t tmpfs -o mode=755 tmpfs dev
	for name in null zero full random urandom tty; do
		touch "dev/$name"
		mount --bind "/dev/$name" "dev/$name"
	done
	mkdir dev/pts dev/shm
	mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
	ln -s pts/ptmx dev/ptmx
}

enter_root()
{
	cd "$lab/root" || exit 1
	mount -t proc proc proc
	mount -t sysfs -o ro sysfs sys
	mount -t tmpfs tmpfs run
	mount -t tmpfs tmpfs tmp
	make_devices
	mount -t cgroup2 cgroup2 sys/fs/cgroup ||
		skip "no cgroup file system, version 2"
	# none of this machine's own services
	rm -rf etc/systemd/system etc/systemd/network
	mkdir -p etc/systemd/system
	: >etc/machine-id
	for user in _chrony gpsd; do
		chroot . useradd --system --no-create-home "$user"
	done
	chroot . ldconfig
	mkdir before
	pivot_root . before
	umount -l before
}

# In the namespaces: process 1 to be.
if [ "${1:-}" = --inside ]; then
	lab=$2
	mount --make-rprivate /
	make_root
	enter_root
	exec env -i container=lab PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		setpriv --bounding-set=-sys_time,-sys_module,-sys_rawio \
		/lib/systemd/systemd --unit=basic.target --log-target=journal \
		</dev/null
fi

for tool in unshare nsenter setpriv pivot_root; do
	command -v "$tool" >/dev/null || skip "no $tool (package util-linux)"
done
[ -x /lib/systemd/systemd ] || skip "no systemd (package systemd)"
[ "$(id -u)" = 0 ] || skip "only root may make such namespaces"
[ $# -eq 1 ] && [ -e "$here/test_$1.sh" ] || {
	sed -n '8,9s/^# //p' "$0" >&2
	exit 2
}
for engine in chrony/usr/sbin/chronyd gpsd/usr/sbin/gpsd \
	linuxptp/usr/sbin/ptp4l; do
	[ -x "$root/.cache/$engine" ] ||
		skip "no ${engine##*/}: packaging/fetch-engines.sh says why"
done

lab=$(mktemp -d)
LAB_BUILD=$build unshare --fork --pid --mount --uts --ipc --cgroup --net \
	"$0" --inside "$lab" >"$lab.log" 2>&1 &
outer=$!

# Process 1 of the lab, as it is numbered here.
init()
{
	pgrep -P "$outer" | head -n 1
}

in_lab()
{
	nsenter --target "$(init)" --all env -i HOME=/root LANG=C.UTF-8 \
		PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		"$@"
}

is_up()
{
	[ "$(in_lab systemctl is-system-running 2>/dev/null)" = running ] ||
		! kill -0 "$outer" 2>/dev/null
}

finish()
{
	init=$(init)
	[ -z "$init" ] || kill -KILL "$init" 2>/dev/null
	wait "$outer" 2>/dev/null
	code=$?
	rmdir "$lab"
	rm -f "$lab.log"
}
trap finish EXIT

for _ in $(seq $((limit_s * 5))); do
	is_up && break
	sleep 0.2
done
if ! kill -0 "$outer" 2>/dev/null; then
	wait "$outer"
	code=$?
	cat "$lab.log"
	exit "$code"
fi
in_lab timeout "$limit_s" bash "/lab/test_$1.sh"
