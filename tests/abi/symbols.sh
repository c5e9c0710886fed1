#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# symbols.sh NM SHARED STATIC MAP HEADERS: what the libraries export, what
# libtt.map lists and what the headers declare is one and the same list.
# STATIC "": not looked at.
set -eu
nm=$1 shared=$2 static=$3 map=$4 headers=$5
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

"$nm" -D --defined-only "$shared" | awk '$2 == "T" { sub(/@.*/, "", $3); print $3 }
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
if test -n "$static"; then
	# Of any kind, data as well: what is global there is in the program.
	"$nm" -g --defined-only "$static" | awk 'NF == 3 { print $3 }' |
		sort >"$dir/static"
	diff -u "$dir/map" "$dir/static"
fi
