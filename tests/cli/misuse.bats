#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What all command lines owe whoever errs: the word that is wrong, where help is,
# the exit code of the page; and no file written to that was not meant. BUILD names
# the build.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
	timed=$BUILD/timed/timed
	tt_sim=$BUILD/sim/tt-sim
	ledger=$BUILD/examples/ledger/ledger
}

# all DO: DO PROGRAM WRITE-CODE, for each of them.
all() {
	"$1" "$timed" 1
	"$1" "$BUILD/tools/tt-status" 3
	"$1" "$BUILD/tools/tt-ctl" 3
	"$1" "$BUILD/tools/tt-bench" 1
	"$1" "$BUILD/tools/tt-audit" 2
	"$1" "$BUILD/tools/exporter/tt-exporter" 1
	"$1" "$BUILD/tools/skew/tt-skew" 3
	"$1" "$tt_sim" 2
	"$1" "$ledger" 2
}

# complains WORDS PROGRAM ARG...: one line with these words, one with where help
# is; nothing on standard output; EX_USAGE.
complains() {
	local words=$1 name

	shift
	name=$(basename "$1")
	run --separate-stderr "$@"
	echo "$*: $status, '$output', '$stderr'"
	[ "$status" -eq 64 ]
	[ -z "$output" ]
	[[ ${stderr_lines[0]} == "$name"*": "*"$words"* ]]
	[ "${stderr_lines[-1]}" = "Try '$name --help'." ]
}

nonsense() {
	complains frobnicate "$1" --frobnicate
}

@test "an option that there is not is named, in two lines" {
	all nonsense
	complains "no option '-x'" "$timed" -xyz
	complains "no option '-x'" "$timed" --debug -xyz
	complains "--help takes no value" "$timed" --help=5
	complains "-f wants a value" "$timed" -f
	complains "what is 'now'?" "$timed" now
	complains "--config wants a file's path" "$timed" --config ""
	complains "no option '-x'" "$BUILD/tools/tt-status" --watch -xyz
	complains "no option '-x'" "$BUILD/tools/tt-audit" -xyz file
	complains "--for wants a value" "$BUILD/tools/tt-ctl" withdraw --for
	complains "what is 'now'?" "$BUILD/tools/exporter/tt-exporter" now
	complains "what is 'now'?" "$BUILD/tools/tt-bench" read now
	complains "no option '-x'" "$tt_sim" check -xyz
	complains 'no option "--verison"' "$tt_sim" --verison
	complains "no option '--verison'" "$BUILD/tools/skew/tt-skew" --verison
	complains "source: enable or disable which?" "$BUILD/tools/tt-ctl" source
}

@test "numbers and paths that are none are named, with what they may be" {
	complains "--interval '1ms' is too short: at least 100.0 ms" \
		"$BUILD/tools/tt-status" --watch --interval 1ms
	complains "--segment wants a clock's path" \
		"$BUILD/tools/tt-status" --segment ""
	complains "--segment wants a clock's path" \
		"$BUILD/tools/tt-bench" --segment ""
	for n in 0 -1 " 5" +5 5x "" 99999999999999999999; do
		complains "--calls '$n' is no whole number from 1 to 1000000" \
			"$BUILD/tools/tt-bench" --calls "$n"
	done
	complains "checks nothing" "$tt_sim" check --runs 0
	complains '--width is not "nanms"' "$ledger" run --width nanms
}

cannot_tell() {
	local word

	for word in --help --version; do
		[[ $1 == */ledger ]] && [ $word = --version ] && continue
		run --separate-stderr sh -c "'$1' $word >/dev/full"
		echo "$1 $word: $status, $stderr"
		[ "$status" -eq "$2" ]
		[[ $stderr == *"cannot write to standard output"* ]]
		run --separate-stderr sh -c "'$1' $word >&-"
		echo "$1 $word, closed: $status, $stderr"
		[ "$status" -eq "$2" ]
		[[ $stderr == *"cannot write to standard output"* ]]
	done
}

@test "what cannot be written to standard output is told, by the exit code too" {
	[ -e /dev/full ] || skip "no /dev/full"
	all cannot_tell
	echo 'length = "60s"; oscillator = { grade = "server"; };
		feeds = ( { kind = "ntp"; } );' >scenario
	for words in list "run --scenario scenario"; do
		run --separate-stderr sh -c "'$tt_sim' $words >/dev/full"
		echo "$words: $status, $stderr"
		[ "$status" -eq 2 ]
		[[ $stderr == *"cannot write to standard output"* ]]
	done
	run --separate-stderr sh -c "'$BUILD/tools/tt-bench' --calls 1 \
		--batches 1 --format json >/dev/full"
	[ "$status" -eq 1 ]
}

# Whose descriptors were closed opened its files in their place, and logged into
# them.
@test "with standard descriptors closed no file is taken for one of them" {
	cat >timed.conf <<-'EOF'
		segment = "clock"; drift_file = "drift"; leap_file = "none";
		status_socket = "status"; control_socket = "control";
		chrony = { enable = false; };
		EOF
	timeout -s TERM 2 "$timed" -f timed.conf -d 0<&- >&- 2>&- 3>&- || true
	[ "$(head -c 8 clock)" = TTCLOCK1 ]
	[[ $(cat clock.lock) =~ ^[0-9]+\ *$ ]] # its pid, and no log
	"$tt_sim" serve served --seed 1 --truth truth --duration 200ms \
		0<&- >&- 2>&- 3>&- || true
	[ "$(head -c 8 served)" = TTCLOCK1 ]
	[[ $(cat served.lock) =~ ^[0-9]+\ *$ ]]
}

@test "where a history cannot be put is said before the run" {
	run --separate-stderr timeout 20 "$ledger" run --seconds=600 \
		--history=/no/where
	echo "$status, $output, $stderr"
	[ "$status" -eq 2 ]
	[ "$stderr" = "ledger: /no/where: No such file or directory" ]
}

@test "a judge that has nothing to judge does not say that all is well" {
	mkdir dir
	: >empty
	for file in dir empty none; do
		run --separate-stderr "$ledger" check $file
		echo "$file: $status, $output, $stderr"
		[ "$status" -eq 2 ]
		[[ $stderr == "ledger: $file: "* ]]
	done
}
