#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tt-sim as a program: replay, exit codes, what it says when used wrongly, soak.
# usage: test_tt_sim.sh TT-SIM
set -u
sim=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0

fail()
{
	echo "FAILED: $*"
	failed=1
}

# expect CODE PATTERN ARGUMENT...: exit code, and what stderr or stdout says.
expect()
{
	local want=$1 pattern=$2 code

	shift 2
	"$sim" "$@" >"$dir/out" 2>&1
	code=$?
	[ $code = "$want" ] || fail "tt-sim $*: exit $code, not $want"
	grep -qF -- "$pattern" "$dir/out" ||
		fail "tt-sim $*: no \"$pattern\" in: $(head -c 300 "$dir/out")"
}

# --- the same seed twice is the same run
"$sim" check --scenario liar --seed 7 --hours 2 >"$dir/a" 2>/dev/null
"$sim" check --scenario liar --seed 7 --hours 2 >"$dir/b" 2>/dev/null
cmp "$dir/a" "$dir/b" || fail "seed 7 does not replay"
"$sim" check --scenario liar --seed 8 --hours 2 >"$dir/b" 2>/dev/null
cmp -s "$dir/a" "$dir/b" && fail "seed 8 is as seed 7"
"$sim" check --seed 7 --hours 0.1 --jobs 1 >"$dir/a" 2>/dev/null
"$sim" check --seed 7 --hours 0.1 --jobs 3 >"$dir/b" 2>/dev/null
cmp "$dir/a" "$dir/b" || fail "three workers see another world than one"
"$sim" compare --scenario "figure hardware" >"$dir/a"
"$sim" compare --scenario "figure hardware" >"$dir/b"
cmp "$dir/a" "$dir/b" || fail "compare does not replay"

# --- fresh seeds are printed first, and are fresh
"$sim" check --scenario liar --runs 0 --fresh 1 --hours 0.5 >"$dir/a" 2>&1 ||
	fail "a fresh seed"
seed=$(sed -n '1s/^fresh seeds: \([0-9]*\) .*/\1/p' "$dir/a")
[ -n "$seed" ] || fail "no fresh seed in the first line: $(head -1 "$dir/a")"
grep -q "^liar  *$seed " "$dir/a" || fail "seed $seed was not run"

# --- both ledgers
expect 0 "Ledger 1: the axioms hold" check --scenario liar --hours 0.5
expect 0 "Ledger 2: an axiom is broken" check --scenario "rate jump"
expect 0 "times real time" check --scenario liar --hours 0.5

# --- usage
expect 0 "usage: tt-sim COMMAND" --help
expect 0 "usage: tt-sim COMMAND" check --help
expect 0 "tt-sim " --version
expect 64 "which command?"
expect 64 'no command "chekc"' chekc
expect 64 "no option '--frehs'" check --frehs 1
expect 64 "--seed wants a value" check --seed
expect 64 'what is "liar"?' check liar
expect 64 'no scenario "lair"' check --scenario lair
expect 64 "--seed: \"-1\" is not a whole number" check --seed -1
expect 64 "--runs: \"2x\" is not a whole number" check --runs 2x
expect 64 "--hours: \"0\" is not a number of hours" check --hours 0
expect 64 "break takes one name" break
expect 64 'nothing called "truth" can be taken away' break truth
expect 64 'no scenario "x"' compare --scenario x
expect 64 "say how long" soak
expect 64 "--jobs: \"0\" is not" soak --hours 1 --jobs 0
expect 0 "rate-jump" list
expect 0 "| \`stop-unseen\` 20 s | 3 |" notice --seeds 1
expect 64 "--seeds: \"0\" is not" notice --seeds 0

# --- soak: ends by itself with both ledgers; Ctrl-C ends it with what it has
expect 0 "Ledger 1" soak --hours 0.003 --jobs 2
"$sim" soak --hours 1 --jobs 2 >"$dir/out" 2>&1 &
pid=$!
sleep 8
kill -INT $pid
wait $pid || fail "soak after SIGINT: exit $?"
grep -q "interrupted: what there is" "$dir/out" || fail "soak: no last words"
grep -q "Ledger 1" "$dir/out" || fail "soak: no ledger after SIGINT"

exit $failed
