#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# tt-status' command line on a segment of tt-sim serve's. BUILD names the build.

bats_require_minimum_version 1.5.0

setup_file() {
	export dir=$BATS_FILE_TMPDIR
	mkfifo "$dir/orders"
	"$BUILD/sim/tt-sim" serve "$dir/clock" --scenario lan --seed 1 \
		--half-width 100us --truth "$dir/truth" \
		--commands "$dir/orders" >"$dir/sim.log" 2>&1 3>&- &
	echo $! >"$dir/pid"
	for _ in $(seq 200); do
		! "$BUILD/tools/tt-status" --segment "$dir/clock" --socket "" \
			>/dev/null 2>&1 || break
		sleep 0.05
	done
}

teardown_file() {
	kill -TERM "$(cat "$dir/pid")"
}

setup() {
	tt_status=$BUILD/tools/tt-status
	check_tt=$BUILD/tools/check_tt
	at=(--segment "$dir/clock" --socket "")
	nobody=(--segment "$dir/none" --socket "$dir/none.sock")
}

# usage_error WORDS ARG...: exit code 64, a line that holds these words.
usage_error() {
	local words=$1

	shift
	run --separate-stderr "$tt_status" "$@"
	echo "$*: $status, '$stderr'"
	[ "$status" -eq 64 ]
	[ -z "$output" ]
	[[ $stderr == *"$words"* ]]
}

@test "--help says what it does, on standard output, in 80 columns" {
	run "$tt_status" --help
	[ "$status" -eq 0 ]
	[[ $output == "usage: tt-status "* ]]
	[ -z "$("$tt_status" --help 2>&1 >/dev/null)" ]
	[ -z "$("$tt_status" --help | awk 'length > 80')" ]
}

@test "every option of the help is in the man page, and no other" {
	help=$("$tt_status" --help | grep -oE -- '--[a-z][a-z-]*' | sort -u)
	page=$(sed -n '/^# OPTIONS/,/^# [EF]/p' "$SOURCE/tools/tt-status.1.scd" |
		grep -oE -- '\*--[a-z-]+\*' | tr -d '*' | sort -u)
	[ "$help" = "$page" ]
}

@test "bad arguments are usage errors that name the thing and the remedy" {
	usage_error "no option '--frobnicate'" --frobnicate
	usage_error "what is 'now'?" now
	usage_error "no format 'yaml': text, json" --format yaml
	usage_error "--segment wants a value" --segment
	usage_error "-w wants a value" -w
	usage_error "--timeout goes with --wait" --timeout 1s
	usage_error "--max-uncertainty goes with --wait" --max-uncertainty 1us
	usage_error "--interval goes with --watch" --interval 1s
	usage_error "--wait or --watch" --wait --watch
	usage_error "or --history" --history --watch
	usage_error "--report wants a value" --report
	usage_error "--report takes no format" --report x --format json
	usage_error "--history is text or json" --history --format csv
	usage_error "no history 'days': minutes, hours or events" --history=days
	usage_error "--wait shows nothing" --wait --format json
	usage_error "--wait shows nothing" --wait -c 1us
	usage_error "--watch takes no format" --watch --budget
	usage_error "csv is one table" --format csv --budget --axioms
	usage_error "go with text, json" --format openmetrics --sources
	usage_error "'5' is no duration: it lacks a unit" --wait --timeout 5
	usage_error "its unit is none of ns, us" --wait --timeout 5m
	usage_error "is too short" --wait --max-uncertainty 0
	usage_error "is too long" --wait --max-uncertainty 60000d
	usage_error "is too short" --watch --interval 10ms
}

@test "what is no range is a usage error that names it" {
	usage_error "'10' is no range: it lacks a unit" -w 10
	usage_error "its end is before its start" -c 20us:10us
	for range in "" : @ "~" x -5us 10us:20us:30us 1e3us 1.us .5us \
		10parsec "@~" 0.1ns 9999999999d:; do
		usage_error "'$range' is no range" --warning "$range"
	done
}

@test "a plugin tells of its usage on standard output, as UNKNOWN" {
	run --separate-stderr "$check_tt" --frobnicate
	[ "$status" -eq 3 ]
	[ "$output" = "TIMED UNKNOWN: usage: no option '--frobnicate'" ]
	run --separate-stderr "$check_tt" -c 10
	[ "$status" -eq 3 ]
	[[ $output == *"it lacks a unit"* ]]
}

@test "check_tt: one line, states in words, perfdata with its thresholds" {
	run "$check_tt" "${at[@]}" -w 1ms -c @1s:2s
	echo "$output"
	[ "$status" -eq 0 ]
	[ "${#lines[@]}" -eq 1 ]
	form='^TIMED OK: SYNCHRONIZED, half-width [0-9.]+ us, by [A-Z_ ]+ \| '
	form+='half_width=0\.000[0-9]{6}s;0\.001000000;'
	form+='@1\.000000000:2\.000000000;0$'
	[[ $output =~ $form ]]
}

# code_of RANGE-OPTION...: the code, the same in every format.
code_of() {
	local format

	run "$tt_status" "${at[@]}" "$@"
	code=$status
	for format in json csv openmetrics nagios; do
		run "$tt_status" "${at[@]}" "$@" --format "$format"
		echo "$format $*: $status"
		[ "$status" -eq "$code" ]
	done
	echo "$code"
}

@test "thresholds make the same exit code in every format" {
	# The half-width is some 100 us.
	for case in "0:-w 1ms -c 1s" "1:-w 10us -c 1ms" "2:-w 10us -c 20us" \
		"2:-c 10us" "1:-w 1ms:" "0:-w ~:1ms" "1:-w @10us:1ms" \
		"0:-w @1ms:2ms" "2:-c 10:20us" "0:-c 10us:1ms" "2:-c 0"; do
		# shellcheck disable=SC2086
		run code_of ${case#*:}
		echo "$case: $output"
		[ "${lines[-1]}" -eq "${case%%:*}" ]
	done
	run "$check_tt" "${at[@]}" -c @10us:1ms
	[[ $output == "TIMED CRITICAL: "*" is within 10us:1ms (critical), "* ]]
	run "$tt_status" "${at[@]}" -w 10us
	[[ $output == *"! warning: the half-width, "*", is outside 10us"* ]]
	run jq -c '[.verdict, .exit_code, .limits.warning, .limits.broken]' \
		<<<"$("$tt_status" "${at[@]}" -w 10us --format json)"
	[ "$output" = '["ok",1,"10us","warning"]' ]
}

@test "no daemon is 3 in every format, thresholds or not" {
	for format in text json csv openmetrics nagios; do
		run "$tt_status" "${nobody[@]}" --format $format -w 1s -c 1s
		echo "$format: $status $output"
		[ "$status" -eq 3 ]
	done
	[[ $output == "TIMED UNKNOWN: no bound: "* ]]
}

@test "csv: a line of names, a line of values, as many of each" {
	run "$tt_status" "${at[@]}" --format csv
	[ "${#lines[@]}" -eq 2 ]
	[[ ${lines[0]} == verdict,exit_code,state,* ]]
	form='^ok,0,SYNCHRONIZED,[0-9]+,NTP SINGLE_SOURCE(,[0-9]+){4},,$'
	[[ ${lines[1]} =~ $form ]]
	[ "$(tr -dc , <<<"${lines[0]}")" = "$(tr -dc , <<<"${lines[1]}")" ]
	run "$tt_status" "${nobody[@]}" --format csv
	[ "$(tr -dc , <<<"${lines[0]}")" = "$(tr -dc , <<<"${lines[1]}")" ]
}

@test "openmetrics: the exporter's own, in seconds, ended" {
	run "$tt_status" "${at[@]}" --format openmetrics
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = "# EOF" ]
	[[ $output =~ timed_segment_uncertainty_seconds\ 0\.000[0-9]{6} ]]
	[[ $output != *tt_exporter_* ]]
}

@test "--wait: 0 as soon as the bound is there" {
	run "$tt_status" --wait "${at[@]}" --max-uncertainty=1ms --timeout=60s
	[ "$status" -eq 0 ]
	[[ $output =~ ^SYNCHRONIZED,\ half-width\ [0-9.]+\ us$ ]]
}

@test "--wait: 2 when it is not in time, with what there is instead" {
	run "$tt_status" --wait "${at[@]}" --max-uncertainty 1ns --timeout 200ms
	[ "$status" -eq 2 ]
	form='not SYNCHRONIZED to 1 ns within 200.0 ms; .*: '
	form+='SYNCHRONIZED, half-width [0-9.]+ us$'
	[[ $output =~ $form ]]
	run "$tt_status" --wait "${nobody[@]}" --timeout 0
	[ "$status" -eq 2 ]
	[[ $output == *"$dir/none: "* ]]
}

@test "--wait: a bound that comes later ends it" {
	"$tt_status" --wait --segment "$dir/later" --timeout 60s >"$dir/out" &
	pid=$!
	sleep 0.3
	kill -0 $pid
	"$BUILD/sim/tt-sim" serve "$dir/later" --truth "$dir/truth" --seed 2 \
		--duration 60s >/dev/null 2>&1 3>&- </dev/null &
	sim=$!
	wait $pid
	kill -KILL $sim
	grep -q ^SYNCHRONIZED "$dir/out"
}

@test "--wait: a path that cannot be is told" {
	run timeout 10 "$tt_status" --wait --segment "$dir/clock/x" --timeout 0
	[ "$status" -eq 2 ] || [ "$status" -eq 3 ]
	[[ $output == *"$dir/clock/x"* ]]
}

@test "a full disk is told, with exit code 3" {
	[ -w /dev/full ] || skip "no /dev/full"
	for format in text json csv openmetrics nagios; do
		run bash -c '"$@" >/dev/full' - "$tt_status" "${at[@]}" \
			--format "$format"
		[ "$status" -eq 3 ]
		[[ $output == *"No space left"* ]]
	done
}

@test "--watch without a terminal: a line each interval, until stopped" {
	run timeout -s INT 5 "$tt_status" --watch --interval 100ms "${at[@]}"
	[ "$status" -eq 124 ]
	[ "${#lines[@]}" -ge 3 ]
	form='^20[0-9-]{8} [0-9:.]{12} TIMED OK: SYNCHRONIZED, half-width '
	for line in "${lines[@]}"; do
		[[ $line =~ $form ]]
	done
	run timeout 60 bash -o pipefail -c '"$@" 2>&1 | head -n 1' - \
		"$tt_status" --watch --interval 100ms "${nobody[@]}"
	[ "$status" -eq 141 ]
	[[ $output == *"TIMED UNKNOWN: no bound: "* ]]
}

# Last: what comes of it in other states.
@test "holdover is 1, and critical by its width; no bound is 2" {
	echo holdover >"$dir/orders"
	for _ in $(seq 100); do
		run "$check_tt" "${at[@]}"
		[ "$status" -ne 1 ] || break
		sleep 0.1
	done
	[ "$status" -eq 1 ]
	[[ $output == "TIMED WARNING: HOLDOVER, "* ]]
	run "$check_tt" "${at[@]}" -c 1us
	[ "$status" -eq 2 ]
	[[ $output == "TIMED CRITICAL: HOLDOVER, "* ]]
	echo unsynchronized >"$dir/orders"
	for _ in $(seq 100); do
		run "$check_tt" "${at[@]}" -w 1s
		[ "$status" -ne 2 ] || break
		sleep 0.1
	done
	[ "$status" -eq 2 ]
	[[ $output == "TIMED CRITICAL: no bound: "* ]]
}
