#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds the Debian packages twice, in folders of other names and lengths, and
# compares them byte by byte.
# usage: test-reproducible.sh
# exit: 0 they are the same; 1 they are not
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$here/build-deb.sh" "$dir/a" "$dir/w" >"$dir/a.log" 2>&1 ||
	{ tail "$dir/a.log"; exit 1; }
TZ=Pacific/Chatham LC_ALL=C.UTF-8 "$here/build-deb.sh" "$dir/b" \
	"$dir/a/quite/another/folder" >"$dir/b.log" 2>&1 ||
	{ tail "$dir/b.log"; exit 1; }
code=0
for deb in "$dir"/a/*.deb; do
	name=$(basename "$deb")
	cmp "$deb" "$dir/b/$name" && echo "same: $name" || code=1
done
exit $code
