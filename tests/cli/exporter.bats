#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# tt-exporter's command line. BUILD names the build's folder.

setup() {
	exporter=$BUILD/tools/exporter/tt-exporter
	nothing=(--segment "$BATS_TEST_TMPDIR/clock"
		--socket "$BATS_TEST_TMPDIR/socket")
}

# serve ARG...: in the background, with its words in $log; its pid in $pid.
serve() {
	log=$BATS_TEST_TMPDIR/log
	"$exporter" "${nothing[@]}" "$@" 2>"$log" 3>&- &
	pid=$!
	for _ in $(seq 100); do
		! grep -q . "$log" || return 0
		sleep 0.05
	done
}

teardown() {
	[ -z "${pid:-}" ] || kill -KILL "$pid" 2>/dev/null || true
}

@test "--help says what it does, on standard output" {
	run "$exporter" --help
	[ "$status" -eq 0 ]
	[[ $output == "usage: tt-exporter "* ]]
	[[ $output == *"--once"* ]]
	[ -z "$("$exporter" --help 2>&1 >/dev/null)" ]
	[ -z "$("$exporter" --help | awk 'length > 80')" ]
}

@test "every option of the help is in the man page, and no other" {
	help=$("$exporter" --help | grep -o -- '--[a-z-]*' | sort -u)
	page=$(grep -o -- '\*--[a-z-]*\*' "$SOURCE/tools/exporter/tt-exporter.8.scd" |
		tr -d '*' | sort -u)
	[ "$help" = "$page" ]
}

@test "--version" {
	run "$exporter" --version
	[ "$status" -eq 0 ]
	[[ $output =~ ^tt-exporter\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
}

@test "what it does not know is a usage error that names it" {
	run "$exporter" --frobnicate
	[ "$status" -eq 64 ]
	[[ $output == *frobnicate* ]]
	run "$exporter" metrics
	[ "$status" -eq 64 ]
	[[ $output == *"what is 'metrics'?"* ]]
	run "$exporter" --once --format yaml
	[ "$status" -eq 64 ]
	[[ $output == *"'yaml'"*"classic or openmetrics"* ]]
	run "$exporter" --format classic
	[ "$status" -eq 64 ]
	[[ $output == *"goes with --once"* ]]
	run "$exporter" --socket ""
	[ "$status" -eq 64 ]
}

@test "what is no address is a usage error that names it" {
	for address in 10123 :10123 127.0.0.1 127.0.0.1: 127.0.0.1:http \
		127.0.0.1:65536 127.0.0.1:-1 localhost:10123 ::1:10123 \
		'[::1]' '[::1]10123' '[]:1' '' 256.0.0.1:1 \
		"$(printf '1%.0s' {1..200}):1"; do
		run timeout 10 "$exporter" --listen "$address"
		echo "$address: $status $output"
		[ "$status" -eq 64 ]
		[[ $output == *"'$address' is no address"* ]]
	done
}

@test "an address that is taken is told, with exit code 1" {
	serve --listen 127.0.0.1:0
	address=$(sed -n 's,.*serving at http://\(.*\)/,\1,p' "$log")
	run "$exporter" --listen "$address"
	[ "$status" -eq 1 ]
	[[ $output == *"cannot listen at $address: Address already in use"* ]]
}

@test "it serves IPv6 where there is any" {
	serve --listen '[::1]:0'
	grep -q 'Cannot assign requested address\|not supported' "$log" &&
		skip "no IPv6 here"
	grep -q 'serving at http://\[::1\]:[0-9]*/$' "$log"
}

@test "SIGTERM and SIGINT end it with 0" {
	for signal in TERM INT; do
		serve --listen 127.0.0.1:0
		# A job in the background of a script ignores SIGINT at birth.
		kill -"$signal" "$pid"
		code=0
		wait "$pid" || code=$?
		[ "$code" -eq 0 ]
	done
}

@test "--once prints the metrics of a daemon that is not there" {
	run "$exporter" --once "${nothing[@]}"
	[ "$status" -eq 0 ]
	[[ $output == *$'\ntimed_up 0\n'* ]]
	[[ $output != *"# EOF"* ]]
	[[ $output != *timed_uncertainty_seconds* ]]
	[[ $output != *timed_half_width_seconds* ]]
	[[ $output != *http* ]]
}

@test "--once --format openmetrics ends in # EOF" {
	run "$exporter" --once --format openmetrics "${nothing[@]}"
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = "# EOF" ]
}

@test "--once says when it cannot print" {
	[ -w /dev/full ] || skip "no /dev/full"
	run bash -c '"$0" --once --socket /nowhere >/dev/full' "$exporter"
	[ "$status" -eq 1 ]
	[[ $output == *"No space left"* ]]
}
