#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# man.sh LIBTT: every call that libtt.map lists stands in the NAME and in the
# SYNOPSIS of one man page, and in no other's.
set -eu
cd "$1"
failed=0
for name in $(sed -n 's/^[[:space:]]*\(tt_[a-z0-9_]*\);$/\1/p' libtt.map); do
	pages=$(grep -lE "^[a-z_0-9, ]*\\b$name\\b[a-z_0-9, ]* - " ./*.3.scd || :)
	if [ "$(echo "$pages" | wc -w)" -ne 1 ]; then
		echo "$name: in the NAME of: ${pages:-no page}"
		failed=1
	elif ! grep -qE "^[a-z].*[ *]$name\\(" "$pages"; then
		echo "$name: not in the SYNOPSIS of $pages"
		failed=1
	fi
done
exit $failed
