#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# symbols.sh NM LIBRARY MAP HEADERS: what the library exports, what libtt.map
# lists and what the headers declare is one and the same list.
set -eu
nm=$1 lib=$2 map=$3 headers=$4
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

"$nm" -D --defined-only "$lib" | awk '$2 == "T" { sub(/@.*/, "", $3); print $3 }
	$2 != "T" && $2 != "A" { print "not a function: " $0 }' |
	sort >"$dir/library"
sed -n 's/^[[:space:]]*\(tt_[a-z0-9_]*\);$/\1/p' "$map" | sort >"$dir/map"
# "TT_API type tt_name(": also where the line ends after the type.
cat "$headers"/*.h | tr '\n' ' ' |
	grep -o 'TT_API [^;(]*tt_[a-z0-9_]*(' |
	sed 's/.*[ *]\(tt_[a-z0-9_]*\)($/\1/' | sort >"$dir/headers"

test -s "$dir/map"
diff -u "$dir/map" "$dir/library"
diff -u "$dir/map" "$dir/headers"
