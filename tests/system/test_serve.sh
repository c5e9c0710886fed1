#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tt-sim serve: several nodes, each with its own clock, read by libtt and held
# to the truth they share; faults by order and by schedule; a liar is seen to
# miss, by as much as it was told; ends cleanly. Needs no rights, no engine.
set -u
build=${LAB_BUILD:?the build directory}
sim=$build/sim/tt-sim
judge=$build/tests/system/serve_judge
dir=$(mktemp -d)
pids=()
failed=0
trap '[ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null; wait; rm -rf "$dir"' EXIT

fail()
{
	echo "FAILED: $*"
	failed=1
}

# wait_for PATTERN FILE: until a line has it; bounded, for what never comes.
wait_for()
{
	local i

	for ((i = 0; i < 600; i++)); do
		grep -q -- "$1" "$2" 2>/dev/null && return 0
		sleep 0.05
	done
	fail "no \"$1\" in $2: $(cat "$2")"
	return 1
}

# serve NAME OPTION...: in the background; returns when it is ready.
serve()
{
	local name=$1

	shift
	rm -f "$dir/$name.out" # of the one before
	"$sim" serve "$dir/$name" --truth "$dir/truth" \
		--commands "$dir/$name.fifo" "$@" \
		>"$dir/$name.out" 2>"$dir/$name.err" &
	pids+=($!)
	wait_for '^ready ' "$dir/$name.out"
}

# order NAME WORDS: returns when it is obeyed.
order()
{
	local name=$1 before

	shift
	before=$(grep -c '^ok ' "$dir/$name.out")
	echo "$*" >"$dir/$name.fifo"
	for ((i = 0; i < 600; i++)); do
		[ "$(grep -c '^ok ' "$dir/$name.out")" -gt "$before" ] && return
		sleep 0.05
	done
	fail "$name: \"$*\" was not obeyed: $(cat "$dir/$name.out")"
}

# field NAME: of the judge's line in $line.
field()
{
	sed "s/.* $1=\([^ ]*\).*/\1/" <<<"$line"
}

# look MS NAME: the judge's line for one node.
look()
{
	line=$("$judge" "$dir/truth" "$1" "$dir/$2") || fail "judge: $line"
}

expect() # WHAT FIELD OP VALUE
{
	[ "$(field "$2")" "$3" "$4" ] || fail "$1: $2 is not $3 $4: $line"
}

# --- four nodes, four clocks, one truth
for seed in 1 2 3 4; do
	serve "node$seed" --scenario cloud --seed "$seed"
done
while read -r line; do
	expect "honest node" misses = 0
	expect "honest node" back = 0
	expect "honest node" errors = 0
	expect "honest node" reads -gt 1000
	expect "honest node" states = S
	expect "honest node" epochs = 1
	echo "$line"
done < <("$judge" "$dir/truth" 3000 "$dir"/node[1-4])
[ "$(sed -n 's/.*less_raw_ns=\([0-9]*\).*/\1/p' "$dir"/node*.out |
	sort -u | wc -l)" = 1 ] || fail "the nodes do not share one truth"
[ "$(sed -n 's/.*offset_ns=\([-0-9]*\).*/\1/p' "$dir"/node*.out |
	sort -u | wc -l)" = 4 ] || fail "the nodes have one clock"

# --- the faults, by order
order node1 holdover
look 500 node1
expect holdover states = H
expect holdover misses = 0
order node1 recover
look 300 node1
expect recover states = S
expect recover epochs = 1
epoch=$(field epochs)

order node1 disputed
look 300 node1
expect disputed states = D
expect disputed misses = 0
order node1 fault unsynchronised
look 300 node1
expect unsynchronised reads = 0
expect unsynchronised error = 61 # ENODATA
order node1 recover
order node1 step:+5ms
look 300 node1
expect step misses = 0
expect step ahead_ns -gt 4000000
order node1 epoch
look 300 node1
expect epoch misses = 0

# The middle of the interval is the plain clock: what a database without an
# interval would have taken for the time.
serve plain --half-width 20ms --offset -12ms --drift 0ppm --wander 0ppb/s \
	--seed 5
look 300 plain
expect "the plain clock" ahead_ns -lt -11999000
expect "the plain clock" ahead_ns -gt -12001000

order node2 liar +5ms
look 300 node2
[ "$(field misses)" = "$(field reads)" ] || fail "a liar hit: $line"
expect liar miss_ns = 5000000
expect liar states = S
order node2 liar -200us
look 300 node2
expect liar miss_ns = 200000
order node2 recover
look 300 node2
expect "after the lie" misses = 0
# Another node's lie is no one else's.
look 300 node3
expect "beside the liar" misses = 0

# A stopped daemon: the bound ages to holdover, then runs out.
serve stale --half-width 1ms --void-after 2s --seed 6
order stale stale
look 3500 stale
expect stale states = SH
expect stale misses = 0
expect stale error = 116 # ESTALE
order stale recover
look 200 stale
expect "after stale" states = S

# --- wrong orders are told, and change nothing
echo "lier +5ms" >"$dir/node3.fifo"
wait_for 'error: no fault "lier"' "$dir/node3.out"
printf 'x%.0s' {1..400} >"$dir/node3.fifo"
echo >"$dir/node3.fifo"
wait_for 'error: a line of more' "$dir/node3.out"
look 200 node3
expect "after nonsense" states = S

# --- a storm by schedule, and a schedule
serve storm --scenario storm --seed 7
serve planned --half-width 1ms --seed 8 \
	--fault at=1s,kind=holdover,for=500ms \
	--fault at=2s,kind=liar:-3ms,for=500ms
"$judge" "$dir/truth" 6000 "$dir/storm" "$dir/planned" >"$dir/lines"
line=$(head -n 1 "$dir/lines")
echo "$line"
expect storm misses = 0
expect storm back = 0
grep -q '^at ' "$dir/storm.out" || fail "a storm without faults"
line=$(tail -n 1 "$dir/lines")
expect planned miss_ns = 3000000
expect planned states = SH
expect planned back = 0
[ "$(sed -n 's/^at \([a-z]*\).*/\1/p' "$dir/planned.out" | tr '\n' ' ')" = \
	"holdover recover liar recover " ] || fail "$(cat "$dir/planned.out")"

# --- two writers, the system's own clock, wrong usage
"$sim" serve "$dir/node4" --truth "$dir/truth" </dev/null \
	>"$dir/out" 2>&1 && fail "two serve one segment"
grep -q 'another timed (pid [0-9]*) writes it' "$dir/out" ||
	fail "$(cat "$dir/out")"
refused() # CODE PATTERN OPTION...
{
	local code=$1 pattern=$2

	shift 2
	timeout 10 "$sim" serve "$@" </dev/null >"$dir/out" 2>&1
	[ $? = "$code" ] || fail "serve $*: not $code: $(cat "$dir/out")"
	grep -q -- "$pattern" "$dir/out" || fail "serve $*: $(cat "$dir/out")"
}
refused 64 "which segment"
refused 64 "system's own clock" /run/timed/clock
refused 64 "no scenario \"lab\"; there are" "$dir/x" --scenario lab
refused 64 "beyond --half-width" "$dir/x" --half-width 1ms --offset 2ms
refused 64 "leaves --half-width" "$dir/x" --half-width 1us --drift 20ppm
refused 64 "is not a duration" "$dir/x" --half-width 1
refused 64 "is not a rate" "$dir/x" --drift 20
refused 64 "no fault \"slow\"" "$dir/x" --fault at=1s,kind=slow
refused 64 "none of ntp" "$dir/x" --source sundial
refused 2 "is not a FIFO" "$dir/x" --commands "$dir/truth"
refused 2 "is something else" "$dir/x" --truth "$dir/node1.out"
[ ! -e "$dir/x" ] || fail "wrong usage has made a segment"

# --- the end: withdrawn, whoever ends it; a kill leaves what ages
"$sim" serve "$dir/short" --truth "$dir/truth" --duration 300ms </dev/null \
	>"$dir/out" 2>&1 || fail "--duration: $(cat "$dir/out")"
look 50 short
expect "after --duration" error = 61
echo quit >"$dir/node1.fifo"
kill -TERM "${pids[2]}" # node3
kill -KILL "${pids[3]}" # node4
{ wait "${pids[3]}"; } 2>/dev/null
for i in 0 2; do
	wait "${pids[$i]}" || fail "the end of ${pids[$i]}: $?"
done
look 50 node1
expect "after quit" error = 61
look 50 node3
expect "after SIGTERM" error = 61
[ ! -e "$dir/node3.fifo" ] || fail "its FIFO is left behind"
look 1200 node4
expect "after SIGKILL" errors = 0
expect "after SIGKILL" misses = 0
# The next one goes on from there, in another epoch.
rm -f "$dir/node4.fifo"
serve node4 --scenario cloud --seed 9
look 200 node4
expect "started again" misses = 0
expect "started again" states = S

[ $failed = 0 ] && echo "all as ordered"
exit $failed
