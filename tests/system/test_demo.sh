#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ./demo ends by itself with a summary that makes sense, and leaves neither
# process nor file behind: not at its end, not after Ctrl-C.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
lab_find_chronyd >/dev/null || skip "no chronyd: packaging/fetch-engines.sh"
LAB_DIR=$(mktemp -d)
export LAB_TMP=$LAB_DIR/lab LAB_BUILD=$lab_build
mkdir "$LAB_TMP"
trap 'rm -rf "$LAB_DIR"' EXIT
demo=$lab_root/demo

nothing_left()
{
	[ -z "$(ls "$LAB_TMP")" ] && ! pgrep -f "$LAB_TMP" >/dev/null
}

start=$SECONDS
"$demo" >"$LAB_DIR/demo.out" 2>&1
code=$?
cat "$LAB_DIR/demo.out"
[ $code -ne 77 ] || skip "not judged: CLOCK_REALTIME was steered"
expect "it exits 0" test $code = 0
expect "within 60 s" test $((SECONDS - start)) -le 60
for words in '^State  *SYNCHRONIZED' '^width .* us (median)' \
	'^origin .*NTP from' '^reads  .* million a second' \
	'^truth  .*inside the interval at each of [0-9]'; do
	expect "it prints: $words" grep -q "$words" "$LAB_DIR/demo.out"
done
expect_soon 3 "nothing is left" nothing_left

for signal in INT TERM; do
	timeout --signal=$signal 6 "$demo" >"$LAB_DIR/demo.out" 2>&1
	expect "SIG$signal: it says so" grep -q interrupted "$LAB_DIR/demo.out"
	expect_soon 3 "SIG$signal: nothing is left" nothing_left
done
