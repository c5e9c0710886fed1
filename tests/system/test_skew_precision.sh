#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tt-skew precision over a veth pair. Both ends read the kernel's one clock, so
# the true offset is 0, and it lies in every interval: whatever else is sent to
# the port, whoever is asked for how much. A far end with other stamps, another
# clock and a longer way in has its own offset in every interval as well.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
lab_enter "$@"

skew=$lab_build/tools/skew/tt-skew
far=$lab_root/tests/system/precision_far.py
lab_net 1
there=$(lab_address 1)
[ "$LAB_MODE" != loopback ] || lab_port=$((lab_port + 10))
port=$((lab_port + 7000))

# windows OFFSET-NS FILE: each window's interval contains that, and its estimate
# lies within. On a machine that is held up a window may have had no answer, but
# not all.
windows()
{
	jq -es --argjson x "$1" 'any(.state == "ok") and all(
		.state == "silent" or .state == "ok" and
		.hard.lo_ns <= $x and .hard.hi_ns >= $x and
		(.estimate == null or .estimate.offset_ns >= .hard.lo_ns and
		.estimate.offset_ns <= .hard.hi_ns))' "$2" >"$LAB_DIR/verdict" ||
		{ cat "$2"; return 1; }
}

any() # FILE CONDITION: of a window
{
	jq -es "any($2)" "$LAB_DIR/$1" >"$LAB_DIR/verdict" ||
		{ cat "$LAB_DIR/$1"; return 1; }
}

measure() # FILE ARG...: of this node and "far"
{
	local file=$1

	shift
	"$skew" precision --name near --format json --window 200ms "$@" \
		>"$LAB_DIR/$file" 2>"$LAB_DIR/$file.err"
}

serving()
{
	grep -q serving "$LAB_DIR/serve.log"
}

lab_spawn_at 1 serve "$skew" precision --serve --bind "$there:$port"
serve=$lab_pid
expect_soon 5 "it serves" serving
expect "it is measured" measure plain --count 4 --rate 1000 "far=$there:$port"
expect "0 lies in every interval" windows 0 "$LAB_DIR/plain"
expect "there are estimates, by the kernel's stamps" any plain \
	'.estimate != null and .stamping == "kernel"'
expect "nothing was to be complained of" test ! -s "$LAB_DIR/plain.err"
jq -c '[.hard, .estimate.offset_ns, .estimate.error_ns, .out.pure]' \
	"$LAB_DIR/plain"

# Junk, answers, doubles and a flood, while it is measured.
measure beside --count 6 --rate 1000 "far=$there:$port" &
beside=$!
expect "what is no probe is not answered, and nothing twice" \
	python3 "$far" abuse "$there" "$port" >"$LAB_DIR/abuse.out"
cat "$LAB_DIR/abuse.out"
expect "the measurement beside it ends" wait $beside
expect "0 lies in every interval" windows 0 "$LAB_DIR/beside"

"$skew" precision --name near --format csv --count 1 --window 200ms \
	"far=$there:$port" >"$LAB_DIR/edges.csv"
expect "two edges of a window, a hard one and an estimate" test \
	"$(cut -d, -f1,2,10 "$LAB_DIR/edges.csv" | tail -n +2 |
		paste -sd' ')" = "near,far,hard near,far,estimate"
expect "tt-skew makes a map of them" "$skew" solve --csv "$LAB_DIR/edges.csv"
lab_stop TERM $serve
expect "what was not answered was counted" grep -qE \
	"not answered: [1-9][0-9]* junk, [0-9]+ above" "$LAB_DIR/serve.log"
expect_code 3 "nobody answers" "$skew" precision --count 1 --window 100ms \
	"far=$there:$port"
expect "and that is said" grep -q "no answer to" "$LAB_DIR/last.out"

# Another implementation, with a program's stamps: its clock is 2.5 s ahead; or it
# is steered by 2000 ppm, four times what the axiom allows, which packets alone
# need not show; or its clock is right, and the way to it is 3 ms longer than back.
for it in "ahead 1 2500000000 0 0" "steered 2 0 0 2000" "longer 3 0 3000000 0"; do
	read -r name k rest <<<"$it"
	# shellcheck disable=SC2086
	lab_spawn_at 1 "$name-far" python3 "$far" answer "$there" \
		$((port + k)) $rest
done
for name in ahead steered longer; do
	expect_soon 10 "a far end: $name" grep -q ready "$LAB_DIR/$name-far.log"
done
measure ahead --count 4 "far=$there:$((port + 1))" &
ahead=$!
measure steered --count 3 "far=$there:$((port + 2))" &
steered=$!
measure longer --count 5 --rate 80 "far=$there:$((port + 3))" &
longer=$!

expect "the one that is ahead is measured" wait $ahead
expect "2.5 s lie in every interval" windows 2500000000 "$LAB_DIR/ahead"
expect "that it has no kernel's stamps is said" grep -q \
	"far: no kernel stamps at one end or both: user stamps from now on" \
	"$LAB_DIR/ahead.err"
expect "then there are estimates" any ahead \
	'.estimate != null and .stamping == "user"'
expect_code 1 "that one is steered is told by the exit code" wait $steered
expect "and which" any steered \
	'.state == "contradiction" and .steered == "to"'
expect "the one with the longer way is measured" wait $longer
expect "0 lies in every interval" windows 0 "$LAB_DIR/longer"
expect "the estimate is off by half of it" any longer \
	'.estimate.offset_ns > 1000000 and .hard.hi_ns > 3000000'
