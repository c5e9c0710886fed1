#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Unpacks chronyd and chronyc into .cache/chrony/ for the demo and the tests.
# The package is never installed: that would replace the machine's own time
# daemon. Its libraries are (packaging/deps.txt, group chronyd).
# usage: fetch-engines.sh [--offline]
# exit: 0 it is there; 1 it cannot be had; 2 usage.
# Quick, and without network, once it is there.
set -euo pipefail

offline=
case ${1:-} in
--offline) offline=1 ;;
'') ;;
*) echo "usage: fetch-engines.sh [--offline]" >&2; exit 2 ;;
esac

root=$(cd "$(dirname "$0")/.." && pwd)
cache=$root/.cache
dir=$cache/chrony

runs()
{
	"$1/usr/sbin/chronyd" --version >/dev/null 2>&1 &&
		"$1/usr/bin/chronyc" --version >/dev/null 2>&1
}

if runs "$dir"; then
	echo "chrony: $("$dir/usr/sbin/chronyd" --version | cut -c1-40) in $dir"
	exit 0
fi
if [ -n "$offline" ]; then
	echo "chrony: not in $dir, and told to use no network" >&2
	exit 1
fi
for tool in apt-get dpkg-deb; do
	command -v $tool >/dev/null || {
		echo "chrony: no $tool here; set TT_CHRONYD and TT_CHRONYC to" \
			"binaries of your own" >&2
		exit 1
	}
done

mkdir -p "$cache"
work=$(mktemp -d "$cache/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
echo "chrony: downloading the package"
# as root apt wants a folder that its own user can write to, or it warns
download()
{
	(cd "$work" && apt-get -qq download chrony 2>"$work/log")
}
# a fresh image has no package lists, an old one names versions that are gone
if ! download && ! { [ "$(id -u)" -eq 0 ] && apt-get -qq update \
	2>"$work/log" && download; }; then
	cat "$work/log" >&2
	echo "chrony: apt-get download failed (as root: apt-get update?)" >&2
	exit 1
fi
echo "chrony: unpacking $(cd "$work" && echo chrony_*.deb)"
dpkg-deb -x "$work"/chrony_*.deb "$work/tree"
if ! runs "$work/tree"; then
	echo "chrony: the unpacked binary does not run:" >&2
	"$work/tree/usr/sbin/chronyd" --version >&2 || true
	echo "chrony: packaging/install-deps.sh chronyd installs its libraries" >&2
	exit 1
fi
rm -rf "$dir"
mv "$work/tree" "$dir"
echo "chrony: $("$dir/usr/sbin/chronyd" --version | cut -c1-40) in $dir"
