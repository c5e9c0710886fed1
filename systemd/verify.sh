#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# verify.sh SYSTEMD-ANALYZE UNIT PROGRAM STEER SYSUSERS EXPOSURE: systemd has
# nothing to say against UNIT, its program taken from the build since it is not
# installed yet, nor against it with the drop-in STEER; it finds neither exposed to
# more than EXPOSURE tenths; and the right to set the clock is there with the
# drop-in, and not without. SYSUSERS makes the user and the group, as systemd reads
# it.
set -eu

if [ ! -x "$1" ]; then
	echo "no systemd-analyze (package systemd)"
	exit 77
fi

dir=$(mktemp -d)
trap 'rm -r "$dir"' EXIT
sed "s|^ExecStart=[^ ]*|ExecStart=$3|" "$2" >"$dir/timed.service"
# What it brings along is beside it in the build.
sed "s|^\(Exec[A-Za-z]*=\)[^ ]*|\1/bin/true|" \
	"$(dirname "$2")/timed-sleep.service" >"$dir/timed-sleep.service"

verify()
{
	# Man pages are not installed yet either.
	said=$("$1" verify --man=no "$dir/timed.service" 2>&1) && status=0 ||
		status=$?
	# Other units of the machine are not ours to judge.
	if printf '%s\n' "$said" | grep -F timed.service; then
		exit 1
	fi
	if [ "$status" -ne 0 ]; then
		printf '%s\n' "$said"
		exit 77
	fi
}

# exposed SYSTEMD-ANALYZE EXPOSURE WHAT
exposed()
{
	said=$("$1" security --offline=true --no-pager --threshold="$2" \
		"$dir/timed.service" 2>&1) || {
		printf '%s\n' "$said" | grep -v '✓'
		echo "$3: exposed to more than $2 tenths"
		exit 1
	}
	printf '%s: %s\n' "$3" "$(printf '%s\n' "$said" |
		sed -n 's/.*\(exposure level.*[0-9]\).*/\1/p')"
}

# may_set_clock SYSTEMD-ANALYZE: "false" is that the unit is not without it.
may_set_clock()
{
	"$1" security --offline=yes --json=short "$dir/timed.service" \
		2>/dev/null | tr '{' '\n' |
		grep -q '"set":false,"name":"CapabilityBoundingSet=~CAP_SYS_TIME"'
}

verify "$1"
exposed "$1" "$6" "timed.service"
if may_set_clock "$1"; then
	echo "the unit may set the clock by itself"
	exit 1
fi
mkdir "$dir/timed.service.d"
cp "$4" "$dir/timed.service.d/steer.conf"
verify "$1"
exposed "$1" "$6" "with $(basename "$4")"
if ! may_set_clock "$1"; then
	echo "with $4 the unit may not set the clock"
	exit 1
fi

if ! command -v systemd-sysusers >/dev/null; then
	echo "no systemd-sysusers (package systemd)"
	exit 77
fi
# Into an empty tree of its own: nothing of this machine is touched.
mkdir -p "$dir/root/etc"
systemd-sysusers --root="$dir/root" "$5" >/dev/null 2>&1 || {
	echo "systemd-sysusers does not take $5"
	exit 1
}
grep -q '^_timed:' "$dir/root/etc/group"
grep -q '^_timed:' "$dir/root/etc/passwd"
