#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds the Debian packages of the tree as it is committed, or as it lies there.
# usage: build-deb.sh [OUTPUT-FOLDER [BUILD-FOLDER]]     build/deb, a temporary one
# exit: 0 the packages are in OUTPUT-FOLDER
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
out=${1:-$root/build/deb}
work=${2:-$(mktemp -d)}
mkdir -p "$out" "$work/timed"
(cd "$root" && git ls-files -z --cached --others --exclude-standard |
	tar --null --no-recursion -T - -cf -) | tar -C "$work/timed" -xf -
cp -a "$root/packaging/debian" "$work/timed/debian"
# The time of the last commit: the same tree makes the same packages.
SOURCE_DATE_EPOCH=$(git -C "$root" log -1 --format=%ct)
export SOURCE_DATE_EPOCH
(cd "$work/timed" && dpkg-buildpackage -us -uc -b)
cp "$work"/*.deb "$work"/*.buildinfo "$work"/*.changes "$out/"
[ $# -ge 2 ] || rm -rf "$work"
ls -l "$out"
