#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# tt-audit on history logs of a made-up world (audit_log.py): what holds, what does
# not, and what the bound was. BUILD names the build.

bats_require_minimum_version 1.5.0

setup() {
	tt_audit=$BUILD/tools/tt-audit
	cd "$BATS_TEST_TMPDIR"
}

log_of() { # CASE [FILE]
	python3 "$SOURCE/tests/cli/audit_log.py" "$1" "${2:-log}"
}

audit() { # CODE ARG...
	local code=$1

	shift
	run --separate-stderr "$tt_audit" "$@"
	echo "$output" "$stderr"
	[ "$status" -eq "$code" ]
}

value() { # JQ-EXPRESSION
	jq -r "$1" <<<"$output"
}

says() { # WORDS
	[[ $output == *"$1"* ]]
}

@test "--help says what it does, in 80 columns, and has what the page has" {
	audit 0 --help
	says "usage: tt-audit "
	[ -z "$("$tt_audit" --help | awk 'length > 80')" ]
	help=$("$tt_audit" --help | grep -oE -- '--[a-z][a-z-]*' | sort -u)
	page=$(sed -n '/^# OPTIONS/,/^# EXIT/p' "$SOURCE/tools/tt-audit.1.scd" |
		grep -oE -- '\*--[a-z-]+\*' | tr -d '*' | sort -u)
	[ "$help" = "$page" ]
}

@test "bad arguments are usage errors that name the thing and the remedy" {
	for arguments in "" "--frobnicate x" "--at" "--format yaml x"; do
		audit 64 $arguments
		[ -z "$output" ]
		[[ $stderr == "tt-audit: "*"Try 'tt-audit --help'."* ]]
	done
	for at in now 2026-11-23 2026-02-29T00:00:00Z 2026-11-23T24:00:00Z \
		2026-11-23T06:12:61Z 2026-11-23T06:12:05.Z \
		2026-11-23T06:12:05.1234567890Z 2026-11-23T06:12:05+01:00 \
		@ @-1 @1.5s @99999999999 1969-12-31T23:59:59Z "@1 "; do
		audit 64 --at "$at" x
		[[ $stderr == *"--at '$at' is no instant: write it as 2026-"* ]]
	done
}

@test "a good log is consistent, and summed up" {
	log_of good
	audit 0 log
	says "CONSISTENT    9 pairs of intervals meet by A1"
	says "12 lines in 1 file" || says "13 lines in 1 file"
	says "; 1 boot"
	says "state         SYNCHRONIZED (was UNSYNCHRONIZED)"
	says "timed stopped in order"
	audit 0 --format json log
	[ "$(value '"\(.verdict) \(.exit_code) \(.at)"')" = "consistent 0 null" ]
	[ "$(value .summary.pairs_checked)" -eq 9 ]
	[ "$(value .summary.covered_ns)" -eq 100000000000 ]
	[ "$(value .summary.state_ns.UNSYNCHRONIZED)" -eq 10000000000 ]
	[ "$(value .summary.state_ns.SYNCHRONIZED)" -eq 90000000000 ]
	# 10 us but for the 20 s to and from a line of 100 us; classes of 1.6 %.
	[ "$(value .summary.half_width_ns.min)" -eq 10000 ]
	[ "$(value .summary.half_width_ns.p50)" -ge 10000 ]
	[ "$(value .summary.half_width_ns.p50)" -le 10160 ]
	[ "$(value .summary.half_width_ns.p95)" -eq 100000 ]
	[ "$(value .summary.half_width_ns.max)" -eq 100000 ]
	tail -n 1 log | tr -d '\n' | sha256sum >sum
	[ "$(value .summary.last_sha256)" = "$(cut -d ' ' -f 1 sum)" ]
}

@test "--quiet shows no events" {
	log_of good
	audit 0 --quiet log
	[ "${lines[0]%% *}" = Log ]
}

@test "rotated files are read in the order of their lines" {
	log_of good
	head -n 5 log >log.2
	sed -n 6,9p log >log.10
	sed -n '10,$p' log >log.1
	audit 0 log.1 log.10 log.2
	says "in 3 files"
	: >log.0 # just made
	audit 0 log.*
	audit 1 log.2 log.1
	says "log.1:1: the lines 5 to 8 are missing"
	audit 0 log.10 log.1 || [ "$status" -eq 1 ]
	says "the log begins with line 5"
}

@test "lines that were changed, taken out, put in or moved are found" {
	log_of good
	sed '5s/SYNCHRONIZED/HOLDOVER/' log >bad
	audit 1 bad
	says "bad:6: it is not chained to what is before it"
	sed 5d log >bad
	audit 1 bad
	says "bad:5: the lines 4 to 4 are missing"
	sed 5p log >bad
	audit 1 bad
	says "bad:6: line 4 comes after line 4"
	sed '1!G;h;$!d' log >bad
	audit 1 bad
	# Not at the end: that is what anchors are for.
	head -n 9 log >bad
	audit 0 bad
}

# What follows a torn line is chained to that, not to the last whole one.
@test "the line before a torn one cannot be changed either" {
	log_of torn
	sed '2s/"half_width_max_ns":10000/"half_width_max_ns":10001/' log >bad
	[ "$(diff log bad | wc -l)" -eq 4 ]
	audit 1 bad
	says "bad:4: the line before the torn one is not the one that it was"
	sed '2d' log >bad
	audit 1 bad
	sed '1,2d' log >bad # rotated away
	audit 0 bad
	[[ $output != *"that it was"* ]]
}

@test "intervals that do not meet by A1 are found, to 4 ns" {
	log_of just-met
	audit 0 log
	log_of apart
	audit 1 log
	says "log:3: the interval is 1 ns apart from that of line 1"
}

@test "earliest, the counter and the time over a boot do not go back" {
	log_of back
	audit 1 log
	says "log:3: earliest went back by 1001 ns"
	log_of counter-back
	audit 1 log
	says "log:3: the raw counter went back in one epoch"
	log_of boot-before
	audit 1 log
	says "log:4: true time is before what it was in the boot before"
	log_of crossed
	audit 1 log
	says "log:2: earliest is after latest"
}

@test "a new epoch is an event, and nothing is held against it" {
	log_of new-epoch
	audit 0 log
	says "epoch         new epoch: why"
	audit 0 --format json log
	[ "$(value .summary.bound_violations)" -eq 1 ]
	[ "$(value .summary.pairs_checked)" -eq 0 ]
}

@test "restarts, boots, gaps, lost and torn lines are named and no lie" {
	log_of restart
	audit 0 log
	says "in the same boot; before it did not end in order"
	says "30.000 s without a line: timed did not run"
	log_of reboot
	audit 0 log
	says "log:4: timed 0.1.0, process 2 on here, in another boot"
	[[ $output != *"did not end in order"* ]]
	log_of lost
	audit 0 log
	says "log:3: 3 lines found no room"
	says "40.000 s without a line: lines were lost"
	log_of silence
	audit 0 log
	says "36.000 s without a line: nothing was published"
	log_of torn
	audit 0 log
	says "log:3: a line that a crash has cut off after 21 bytes"
	[[ $output != *"nothing proves"* ]]
	log_of torn-before
	audit 0 log
	says "after 21 bytes: nothing proves the line before it"
	log_of torn-lie
	audit 1 log
	says "log:3: it tells of 21 bytes of a torn line, which are not"
	log_of good
	printf '{"seq":99,"pr' >>log
	audit 0 log
	says "the last line has no end"
}

@test "what is no line is named with its place, and is no crash" {
	log_of good
	for junk in '{' '[]' 'dear diary' '{"seq":3}' '{"seq":-1,"prev":null}' \
		'{"seq":1,"prev":"12","kind":"end"}' "$(printf '\377')" \
		'{"seq":1e300,"prev":null,"kind":"end","raw_ns":1}' ""; do
		{ head -n 4 log; printf '%s\n' "$junk"; sed 1,4d log; } >bad
		audit 2 bad
		says "bad:5: no line of a history log: "
	done
	head -c 3000000 /dev/zero | tr '\0' x >long
	audit 2 long
	says "long:1: no line"
	: >empty
	audit 2 empty
	says "there is no line"
	audit 2 none
	says "none: No such file or directory"
	audit 2 .
	says ".: Is a directory"
	# A field that is missing, or of another type, one after the other.
	for field in raw_ns unix_ns drift_ppb void_raw_ns half_width_max_ns clock \
		bound_violations events; do
		jq -c "if .seq == 3 then del(.$field) else . end" log >bad
		audit 2 bad
		jq -c "if .seq == 3 then .$field = \"x\" else . end" log >bad
		audit 2 bad
	done
}

# It read /dev/zero for ever, and lost the first lines of a pipe.
@test "pipes are read like files; what may have no end is refused soon" {
	log_of good
	for pipe in "cat log | '$tt_audit' -" "'$tt_audit' - <log" \
		"cat log | '$tt_audit' /dev/stdin" \
		"'$tt_audit' <(sed 1,4d log) <(head -n 4 log)"; do
		run bash -c "$pipe"
		echo "$pipe: $output"
		[ "$status" -eq 0 ]
		says "9 pairs of intervals meet"
	done
	audit 2 /dev/zero
	says "/dev/zero: neither a file nor a pipe; name a history log, as /var"
	audit 2 log /dev/zero
	says " lines in 1 file"
	run bash -c "'$tt_audit' - </dev/zero"
	[ "$status" -eq 2 ]
	says "16 MiB without the end of a line"
	run bash -c "yes | '$tt_audit' -"
	[ "$status" -eq 2 ]
	says "none of its first 100000 lines is one"
	run bash -c "'$tt_audit' - <&-"
	[ "$status" -eq 2 ]
}

at() { # SECONDS since the first line's label
	audit 0 --format json --at "@$((1795000000 + ${1%.*}))${2:-}" log
}

@test "--at carries the line before on by A1" {
	log_of good
	at 20
	[ "$(value .at.half_width_ns)" -eq 10000 ]
	[ "$(value .at.age_ns)" -eq 0 ]
	[ "$(value .at.sequence)" -eq 3 ]
	# 5 s at 50 ppm: 250 us, and 2 ns for rounding.
	at 25
	[ "$(value .at.half_width_ns)" -eq 260002 ]
	[ "$(value .at.half_width_max_ns)" -eq 10000 ]
	# Not by jq, whose numbers have 53 bits.
	says '"earliest_unix_ns":1795000024999739998,'
	says '"latest_unix_ns":1795000025000260002,'
	says '"earliest_tai_ns":1795000061999739998,'
	at 5
	[ "$(value '.at | "\(.known) \(.state) \(.half_width_ns)"')" = \
		"true UNSYNCHRONIZED null" ]
	at 100
	[ "$(value .at.half_width_ns)" -eq 10000 ]
	audit 0 --quiet --at 2026-11-18T11:07:05.5Z log
	says "unknown: " || says "SYNCHRONIZED, +-"
}

unknown() { # SECONDS WORDS
	at "$1"
	[ "$(value .at.known)" = false ]
	[[ $(value .at.why) == *"$2"* ]]
}

@test "--at says when nothing is known" {
	log_of good
	unknown -1 "before the log"
	unknown 101 "after the log"
	log_of lost
	unknown 20 "lines of that time were lost"
	log_of reboot
	unknown 50 "between the last line of a boot"
	log_of void
	unknown 30 "had run out"
	at 15
	[ "$(value .at.half_width_ns)" -eq 760002 ]
	[ "$(value .at.between_runs)" = true ]
	log_of restart
	at 25
	[ "$(value '.at | "\(.state) \(.between_runs) \(.ends_epoch)"')" = \
		"SYNCHRONIZED true false" ]
	log_of new-epoch
	at 5
	[ "$(value .at.ends_epoch)" = true ]
}

# Lines without a bound have CLOCK_REALTIME's time, which was wrong.
@test "--at is not led astray by a clock that was wrong before it was known" {
	log_of wrong-clock
	for t in 25 30 45 60 70 99; do
		at $t
		[ "$(value '.at | "\(.known) \(.state)"')" = "true SYNCHRONIZED" ]
		[ "$(value .at.age_ns)" -eq $((t % 10 * 1000000000)) ]
	done
	at 3705
	[ "$(value .at.half_width_ns)" -eq 260002 ]
	unknown 2000 "the counter did not count then"
	log_of good
	audit 0 --at @1795000005 log
	says "by CLOCK_REALTIME, for which nothing stood then"
}

@test "a log writes no lines of its own into the report, nor moves the cursor" {
	log_of escapes
	audit 0 log
	[ "$(grep -c '^CONSISTENT' <<<"$output")" -eq 1 ]
	says 'sta?[2Jte     a?]0;title?b?CONSISTENT???1mc ??'
}

# TAI - Unix time is 37 s or 38 s then: the interval covers both labels.
@test "--at within a stepped leap second covers both labels" {
	log_of leap
	at 5
	[ "$(value .at.half_width_ns)" -ge 500260000 ]
	[ "$(value '.at.latest_tai_ns - .at.earliest_tai_ns')" -le 600000 ]
}
