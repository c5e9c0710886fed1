#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# exposure.sh SYSTEMD-ANALYZE UNIT PROGRAM EXPOSURE: systemd has nothing to say
# against UNIT, its program taken from the build since it is not installed yet;
# and finds it exposed to no more than EXPOSURE tenths.
set -eu

if [ ! -x "$1" ]; then
	echo "no systemd-analyze (package systemd)"
	exit 77
fi

name=$(basename "$2")
dir=$(mktemp -d)
trap 'rm -r "$dir"' EXIT
sed "s|^\(Exec[A-Za-z]*=\)[^ ]*|\1$3|" "$2" >"$dir/$name"
# What it requires is beside it in the build.
for other in $(sed -n 's/^Requires=//p' "$2"); do
	sed "s|^ExecStart=[^ ]*|ExecStart=/bin/true|" \
		"$(dirname "$2")/$other" >"$dir/$other"
done
# Man pages are not installed yet either.
said=$("$1" verify --man=no "$dir/$name" 2>&1) && status=0 || status=$?
# Other units of the machine are not ours to judge.
if printf '%s\n' "$said" | grep -F "$name"; then
	exit 1
fi
if [ "$status" -ne 0 ]; then
	printf '%s\n' "$said"
	exit 77
fi
said=$("$1" security --offline=true --no-pager --threshold="$4" \
	"$dir/$name" 2>&1) && status=0 || status=$?
printf '%s\n' "$said" | grep -v '✓'
exit "$status"
