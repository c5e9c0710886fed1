#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Unpacks into .cache/arm64/ the libraries that libtt's unit tests are linked with,
# as they are for arm64: cmocka and json-c. Nothing is installed, and apt is not
# told of another architecture: it gets lists of its own for the moment.
# usage: fetch.sh [--offline]
# exit: 0 all there; 1 not; 2 usage. Quick, and without network, once there.
set -euo pipefail

offline=
case ${1:-} in
--offline) offline=1 ;;
'') ;;
*) echo "usage: fetch.sh [--offline]" >&2; exit 2 ;;
esac

root=$(cd "$(dirname "$0")/../.." && pwd)
dir=$root/.cache/arm64
if [ -f "$dir/usr/include/cmocka.h" ] &&
	[ -e "$dir/usr/lib/aarch64-linux-gnu/libjson-c.so" ]; then
	echo "arm64: its libraries are in $dir"
	exit 0
fi
if [ -n "$offline" ]; then
	echo "arm64: no libraries in $dir, and told to use no network" >&2
	exit 1
fi
for tool in apt-get dpkg-deb; do
	if ! command -v $tool >/dev/null; then
		echo "arm64: no $tool here: cmocka and json-c for arm64 are to be" \
			"unpacked into $dir by hand" >&2
		exit 1
	fi
done

mkdir -p "$root/.cache"
work=$(mktemp -d "$root/.cache/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial"
: >"$work/status"

# apt with lists of its own, for that architecture alone
foreign()
{
	apt-get -qq -o "Dir::State=$work/state" \
		-o "Dir::State::status=$work/status" \
		-o "Dir::Cache=$work/cache" -o APT::Architecture=arm64 \
		-o APT::Architectures=arm64 "$@" 2>"$work/log"
}

cd "$work"
if ! foreign update || ! foreign download libcmocka0 libcmocka-dev libjson-c5 \
	libjson-c-dev; then
	cat "$work/log" >&2
	echo "arm64: apt could not get cmocka and json-c for it" >&2
	exit 1
fi
for package in ./*.deb; do
	dpkg-deb -x "$package" "$work/tree"
done
rm -rf "$dir"
mv "$work/tree" "$dir"
echo "arm64: its libraries are in $dir"
