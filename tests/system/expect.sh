# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# How a system test speaks: it states claims, and ends at the first that does
# not hold, showing what the daemons said. Source lab.sh first.

# Cannot be run here: the last line says why, ctest counts it as skipped.
skip()
{
	echo "skipped: $*"
	exit 77
}

fail()
{
	local log

	echo "FAILED: $*"
	for log in "$LAB_DIR"/*.log "$LAB_DIR"/*.err; do
		[ -s "$log" ] || continue
		echo "--- ${log##*/}"
		tail -n 15 "$log"
	done
	exit 1
}

# expect CLAIM COMMAND...: it succeeds.
expect()
{
	local claim=$1

	shift
	"$@" || fail "$claim"
	echo "ok: $claim"
}

# expect_soon SECONDS CLAIM COMMAND...: it succeeds before long.
expect_soon()
{
	local seconds=$1 claim=$2 start=$SECONDS

	shift 2
	lab_until "$seconds" "$@" || fail "$claim, within $seconds s"
	echo "ok: $claim (after about $((SECONDS - start)) s)"
}

# expect_code CODE CLAIM COMMAND...: it exits with that.
expect_code()
{
	local want=$1 claim=$2 code

	shift 2
	"$@" >"$LAB_DIR/last.out" 2>&1
	code=$?
	if [ "$code" -ne "$want" ]; then
		cat "$LAB_DIR/last.out"
		fail "$claim: exit code $code, not $want"
	fi
	echo "ok: $claim (exit code $want)"
}

# expect_contained NAME CLAIM: end this judge; true time was never outside.
# Where the clock was steered meanwhile, the test is not judged: skipped.
expect_contained()
{
	lab_judge_end "$1"
	case $? in
	0) echo "ok: $2" ;;
	77) skip "not judged: CLOCK_REALTIME was steered beyond axiom A2" ;;
	*) fail "$2" ;;
	esac
}

need_chronyd()
{
	[ -n "$lab_chronyd" ] || skip "no chronyd: packaging/fetch-engines.sh"
}

need_namespaces()
{
	[ "$LAB_MODE" != loopback ] || skip "$LAB_WHY"
}

# Helpers for expect_soon.
state_is()
{
	[ "$(lab_field .clock.state)" = "$1" ]
}

status_exits()
{
	local code

	lab_status >/dev/null 2>&1
	code=$?
	[ $code -eq "$1" ]
}

above() # JQ-EXPRESSION NUMBER
{
	local n

	n=$(lab_field "$1")
	[ "${n:-0}" -gt "$2" ]
}
