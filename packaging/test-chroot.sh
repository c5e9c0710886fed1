#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages where nothing of this machine is: in a minimal Debian
# 12, by apt, which takes what they depend on from Debian alone. Looks at what came,
# runs it, compiles against it, upgrades, downgrades and purges it. All in namespaces
# and in memory: nothing of it touches this machine, and no clock can be set there.
#
# The minimal system (debootstrap) and Debian's packages come from the mirror that this
# machine's apt has, and are kept in .cache/chroot: the next run takes what is new, and
# where there is no network goes by what it has.
# usage: test-chroot.sh [--fresh] [FOLDER-OF-PACKAGES [TEST...]]
#   --fresh  makes the minimal system anew
#   build/deb, made where it is not there; all tests: daemon library tools whole
# exit: 0 all is well; 1 something is not, and the last lines name it; 2 usage;
# 77 it cannot be run here, and the last line says why
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/.." && pwd)
suite=bookworm
cache=$root/.cache/chroot
# What the tests need besides: a chronyd to hear, and what compiles and shows.
also="chrony gcc libc6-dev pkg-config man-db"

skip()
{
	echo "skipped: $*"
	exit 77
}

# ---- the minimal system ----

# Debian's archives, as this machine's apt has them.
sources()
{
	# shellcheck disable=SC2016 # apt's own
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' \
		'Created-By: Packages' 'Origin: Debian' |
		awk -v suite="$suite" '$2 == suite || index($2, suite "-") == 1 {
			print "deb", $1, $2, $3 }' | sort -u
}

# make_base: $base, where it is not there yet.
make_base()
{
	local dir=$lab/making mirror proxy=

	[ ! -e "$base" ] || return 0
	mirror=$(sources | awk -v suite="$suite" \
		'$3 == suite && $4 == "main" { print $2; exit }')
	[ -n "$mirror" ] || skip "apt knows no archive of Debian's $suite here" \
		"(apt-get update?)"
	eval "$(apt-config shell proxy Acquire::http::Proxy)"
	[ -z "$proxy" ] || export http_proxy=$proxy
	echo "making a minimal $suite"
	debootstrap --variant=minbase --include=ca-certificates \
		--keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
		"$suite" "$dir" "$mirror" >"$lab/log" 2>&1 || {
		tail -n 5 "$lab/log"
		skip "debootstrap cannot make $suite: is the mirror there?"
	}
	rm -f "$dir"/var/cache/apt/archives/*.deb
	sources >"$dir/etc/apt/sources.list"
	apt-config dump | grep -E '^Acquire::https?::' \
		>"$dir/etc/apt/apt.conf.d/90machine" || true
	tar -C "$dir" --numeric-owner -cf "$base.part" .
	mv "$base.part" "$base"
	rm -r "$dir"
}

# ---- a root over it ----

in_root()
{
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
		DEBIAN_FRONTEND=noninteractive \
		setpriv --bounding-set=-sys_time,-sys_module,-sys_rawio \
		chroot "$lab/root" "$@"
}

# What the tests go by: the packages, and the sources of what reads the clock.
put_lab()
{
	cp "$debs"/*.deb lab
	rm -f lab/*-dbgsym_*.deb
	cp "$here"/chroot/* "$here/repack-deb.sh" \
		"$root/tests/system/expect.sh" lab
	mkdir -p lab/source/tests
	cp -r "$root/tests/judge" lab/source/tests
	cp "$root"/tests/system/{judge.c,steering.c,steering.h} \
		"$root/examples/commit-wait.c" lab/source
}

# enter NAME LOWER: one of that name.
enter()
{
	mount --make-rprivate /
	mkdir -p "$lab/$1/up" "$lab/$1/work" "$lab/root"
	mount -t overlay overlay -o \
		"lowerdir=$2,upperdir=$lab/$1/up,workdir=$lab/$1/work" \
		"$lab/root"
	cd "$lab/root"
	mkdir -p lab
	mount -t proc proc proc
	mount -t sysfs -o ro sysfs sys
	mount -t tmpfs -o mode=755 tmpfs run
	mount -t tmpfs -o mode=1777 tmpfs tmp
	mount -t tmpfs tmpfs lab
	mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
	mount --bind "$cache/archives" var/cache/apt/archives
	put_lab
}

# Before there is no network: the lists, where there are new ones, and every package
# that any of the tests will have apt install.
fetch()
{
	enter fetch "$lab/base"
	cp /etc/resolv.conf /etc/hosts etc/
	in_root apt-get -q update >"$lab/log" 2>&1 &&
		! grep -q '^[WE]:' "$lab/log" ||
		echo "no new lists of packages: going by what was kept"
	# shellcheck disable=SC2086 # words are wanted
	in_root sh -c 'apt-get -q -y --no-install-recommends --download-only \
		install /lab/*.deb "$@"' sh $also >"$lab/log" 2>&1 || {
		tail -n 5 "$lab/log"
		echo "FAILED: apt gets what the packages depend on"
		exit 1
	}
	# old ones, which no list has any more
	in_root apt-get -q autoclean >/dev/null
}

run_test() # NAME
{
	ip link set lo up
	enter "$1" "$lab/fetch/up:$lab/base"
	in_root bash "/lab/test_$1.sh"
}

# In a mount namespace of its own: all of the above in memory.
run_tests()
{
	local test code start

	mount --make-rprivate /
	mount -t tmpfs -o mode=755 tmpfs "$lab" || skip "no right to mount"
	make_base
	mkdir "$lab/base"
	tar -C "$lab/base" --numeric-owner -xf "$base"
	unshare --mount --pid --fork --kill-child \
		"$0" --inside fetch "$lab" "$debs" || exit
	for test; do
		start=$SECONDS
		echo "--- $test"
		code=0
		unshare --mount --pid --fork --kill-child --net --ipc --uts \
			"$0" --inside "$test" "$lab" "$debs" || code=$?
		[ "$code" = 0 ] || exit "$code"
		echo "$test: $((SECONDS - start)) s"
	done
}

# ---- outside ----

if [ "${1:-}" = --inside ]; then
	inside=$2 lab=$3 debs=$4
	base=${5:-}
	shift 5 || shift $#
	case $inside in
	all) run_tests "$@" ;;
	fetch) fetch ;;
	*) run_test "$inside" ;;
	esac
	exit
fi

fresh=
case ${1:-} in
--fresh) fresh=1; shift ;;
-*) sed -n '11,15s/^# //p' "$0" >&2; exit 2 ;;
esac
debs=${1:-$root/build/deb}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- daemon library tools whole
for test; do
	[ -e "$here/chroot/test_$test.sh" ] || {
		echo "test-chroot.sh: no test '$test'; there are:" \
			"daemon library tools whole" >&2
		exit 2
	}
done
for tool in debootstrap apt-get unshare setpriv ip; do
	command -v "$tool" >/dev/null || skip "no $tool:" \
		"packaging/install-deps.sh packaging test"
done
[ "$(id -u)" = 0 ] || skip "only root may make such namespaces"
ls "$debs"/timed_*.deb >/dev/null 2>&1 || "$here/build-deb.sh" "$debs"
debs=$(cd "$debs" && pwd)
base=$cache/$suite-$(dpkg --print-architecture).tar
mkdir -p "$cache/archives"
[ -z "$fresh" ] || rm -f "$base"
lab=$(mktemp -d)
trap 'rmdir "$lab"' EXIT
code=0
unshare --mount "$0" --inside all "$lab" "$debs" "$base" "$@" || code=$?
[ "$code" != 0 ] || echo "all is well: $* ($SECONDS s)"
exit "$code"
