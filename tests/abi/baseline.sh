#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# baseline.sh CC LIBTT.SO LIBTT.A MAP INCLUDE BASELINE: what programs were linked
# with (BASELINE) is still there, as it was: calls may come, none may go or change.
# After a call was added: baseline.sh --write LIBTT.SO INCLUDE BASELINE
# BASELINE is of this soname; an incompatible change takes a new one.
set -eu
if ! command -v abidiff >/dev/null; then
	echo "SKIP: no abidiff: install abigail-tools (packaging/deps.txt, [test])"
	exit 77
fi
if [ "$1" = --write ]; then
	abidw --no-show-locs --no-comp-dir-path --no-corpus-path \
		--headers-dir "$3" "$2" |
		sed "s|path='/[^']*/libtt/|path='libtt/|" >"$4"
	exit
fi
cc=$1 shared=$2 static=$3 map=$4 include=$5 baseline=$6
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

compare()
{
	abidiff --headers-dir2 "$include" --no-added-syms "$baseline" "$1"
}

compare "$shared" || {
	echo "FAIL: not what programs were linked with"
	exit 1
}
# It would notice: the same library without one of its calls.
sed '/^[[:space:]]*tt_now_tai;/d' "$map" >"$dir/map"
"$cc" -shared -o "$dir/libtt.so" -Wl,-soname,libtt.so.0 \
	-Wl,--version-script="$dir/map" \
	-Wl,--whole-archive "$static" -Wl,--no-whole-archive
if compare "$dir/libtt.so" >"$dir/said"; then
	echo "FAIL: a call that has gone is not noticed"
	exit 1
fi
grep -q tt_now_tai "$dir/said"
echo "ok: libtt is what $(basename "$baseline") has, and more at most"
