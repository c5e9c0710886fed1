#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# verify.sh SYSTEMD-ANALYZE UNIT PROGRAM: systemd has nothing to say against
# UNIT, its program taken from the build since it is not installed yet.
set -eu

if [ ! -x "$1" ]; then
	echo "no systemd-analyze (package systemd)"
	exit 77
fi

dir=$(mktemp -d)
trap 'rm -r "$dir"' EXIT
sed "s|^ExecStart=[^ ]*|ExecStart=$3|" "$2" >"$dir/timed.service"
# Man pages are not installed yet either.
said=$("$1" verify --man=no "$dir/timed.service" 2>&1) && status=0 || status=$?
# Other units of the machine are not ours to judge.
if printf '%s\n' "$said" | grep -F timed.service; then
	exit 1
fi
if [ "$status" -ne 0 ]; then
	printf '%s\n' "$said"
	exit 77
fi
