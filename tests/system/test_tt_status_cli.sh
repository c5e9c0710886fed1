#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tt-status against daemons that are absent, hostile or broken: exit code 3, a
# reason in words, in bounded time and memory; and its usage.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
lab_enter "$@"

# says PATTERN: of the last output, however its lines were broken.
says()
{
	tr -s ' \n' ' ' <"$LAB_DIR/last.out" | grep -q -- "$1"
}

tt_status=$lab_build/tools/tt-status
expect_code 0 "--help" "$tt_status" --help
expect_code 0 "--version" "$tt_status" --version
expect_code 64 "an unknown option" "$tt_status" --frobnicate
expect_code 64 "an unknown format" "$tt_status" --format yaml
expect_code 64 "an argument too many" "$tt_status" now
expect_code 3 "nothing runs" lab_status
expect "it says so" grep -q 'timed has not run' "$LAB_DIR/last.out"
expect_code 3 "nothing runs, JSON" lab_status --format json
expect "JSON says so" test "$(jq -r .verdict "$LAB_DIR/last.out")" = unreadable

# The segment: not one.
for content in "" x "$(head -c 5000 /dev/zero | tr '\0' x)"; do
	printf '%s' "$content" >"$lab_segment"
	expect_code 3 "a segment of ${#content} bytes of junk" lab_status
	expect "it says what is wrong with it" \
		says 'it is empty\|it does not begin with TTCLOCK1: another file'
	expect "in 80 columns" test -z "$(awk 'length > 80' "$LAB_DIR/last.out")"
done
rm -f "$lab_segment"
mkdir "$lab_segment"
expect_code 3 "a folder for a segment" lab_status
expect "it says so" says 'it is a folder'
rmdir "$lab_segment"

# The socket: 100 MiB of address space and 5 s are plenty.
bounded()
(
	ulimit -v 102400
	timeout 5 "$tt_status" --socket "$lab_socket" "$@"
)
is_json()
{
	jq -e .exit_code "$LAB_DIR/last.out" >/dev/null
}
for manner in junk empty cut trailing array version hollow deep types slow \
	flood silent; do
	lab_spawn "bad-$manner" "$lab_build/tests/system/badsocket" \
		"$lab_socket" $manner
	bad=$lab_pid
	lab_until 5 grep -q ready "$LAB_DIR/bad-$manner.log"
	expect_code 3 "a daemon that is $manner" bounded
	expect "no byte beyond ASCII's printable ones" \
		test -z "$(tr -d '\n -~' <"$LAB_DIR/last.out")"
	expect "no line over 80 columns" \
		test -z "$(awk 'length > 80' "$LAB_DIR/last.out")"
	grep '^!' "$LAB_DIR/last.out" | head -n 1
	expect_code 3 "a daemon that is $manner, JSON" bounded --format json
	expect "which is JSON" is_json
	kill -KILL "$bad"
done
