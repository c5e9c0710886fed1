#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tt-sim run: the examples, their pages, what it says of files that are wrong.
# usage: test_tt_sim_run.sh TT-SIM EXAMPLES
set -u
sim=$1 examples=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0

fail()
{
	echo "FAILED: $*"
	failed=1
}

# well_formed FILE: as XML; by what is there to tell it.
well_formed()
{
	if command -v xmllint >/dev/null; then
		xmllint --noout "$1"
	elif command -v python3 >/dev/null; then
		python3 -c 'import sys, xml.etree.ElementTree as e
e.parse(sys.argv[1])' "$1"
	else
		echo "neither xmllint nor python3: $1 is not looked at"
	fi
}

# --- every example holds its bound, and its page stands alone
count=0
for scenario in "$examples"/*.scenario; do
	name=$(basename "$scenario" .scenario)
	count=$((count + 1))
	"$sim" run --scenario "$scenario" --report "$dir/$name.html" \
		>"$dir/out" 2>&1 || fail "$name: $(cat "$dir/out")"
	grep -q " reads: 0 misses, 0 times back" "$dir/out" ||
		fail "$name: $(cat "$dir/out")"
	well_formed "$dir/$name.html" || fail "$name: the page"
	if grep -Eq '<script|<link|<img|src=|href=|url\(|@import' \
		"$dir/$name.html"; then
		fail "$name: the page fetches something"
	fi
	for part in '<svg ' 'class="half"' 'class="place"' 'class="state1"' \
		'Ledgers' 'Axioms, as configured'; do
		grep -q "$part" "$dir/$name.html" ||
			fail "$name: no $part in the page"
	done
done
[ $count -ge 3 ] || fail "$count examples"

# --- names are escaped; a broken axiom is told, and is no failure
cat >"$dir/odd.scenario" <<'END'
name = "<b>&\"</b>";
length = "2h";
oscillator = { adversary = "walk"; };
feeds = ( { kind = "ntp"; } );
faults = ( { fault = "stop-unseen"; at = "1h"; value = "2s"; } );
END
"$sim" run --scenario "$dir/odd.scenario" --report "$dir/odd.html" \
	>"$dir/out" 2>/dev/null || fail "odd: exit $?"
grep -q "axiom A5 does not hold from 01:00:00 on" "$dir/out" || fail "odd: A5"
well_formed "$dir/odd.html" || fail "odd: the page"
grep -q '<h1>&lt;b&gt;&amp;&quot;&lt;/b&gt;</h1>' "$dir/odd.html" ||
	fail "odd: the name"
grep -q 'stop-unseen' "$dir/odd.html" || fail "odd: the fault's name"

# --- the same seed is the same page; another is not
for seed in 3 3 4; do
	"$sim" run --scenario "$dir/odd.scenario" --seed $seed \
		--report "$dir/page.html" >/dev/null 2>&1
	sha256sum <"$dir/page.html" >>"$dir/sums"
done
[ "$(sed -n 1p "$dir/sums")" = "$(sed -n 2p "$dir/sums")" ] || fail "replay"
[ "$(sed -n 1p "$dir/sums")" != "$(sed -n 3p "$dir/sums")" ] || fail "seed"

# --- the configuration counts: a better preset is narrower in holdover
widest()
{
	"$sim" run --config "$dir/timed.conf" --scenario \
		"$examples/day-in-holdover.scenario" 2>/dev/null |
		sed -n -e 's/.*widest \([0-9.]*\) ms.*/\1/p' \
			-e 's/.*widest \([0-9.]*\) s.*/\1e3/p'
}
echo 'oscillator = "server";' >"$dir/timed.conf"
server=$(widest)
echo 'oscillator = "tcxo";' >"$dir/timed.conf"
tcxo=$(widest)
awk -v a="$server" -v b="$tcxo" 'BEGIN { exit !(a > 5 * b && b > 0) }' ||
	fail "a day in holdover: server $server ms, tcxo $tcxo ms"

# --- an adversary at the limits of A2 keeps to the preset it is made from
echo 'length = "2h"; oscillator = { adversary = "bang"; rate = "1.5ppm"; };
feeds = ( { kind = "ntp"; } );' >"$dir/bang.scenario"
"$sim" run --config "$dir/timed.conf" --scenario "$dir/bang.scenario" \
	>"$dir/out" 2>/dev/null || fail "bang: exit $?"
grep -q "choose a wider preset" "$dir/out" && fail "bang: $(cat "$dir/out")"

# --- what is wrong is told with file and line, before anything runs
expect() # CODE PATTERN OPTION...
{
	local expected=$1 pattern=$2 code

	shift 2
	"$sim" run "$@" >"$dir/out" 2>&1
	code=$?
	[ $code = "$expected" ] || fail "run $*: exit $code, not $expected"
	grep -qF -- "$pattern" "$dir/out" ||
		fail "run $*: no \"$pattern\" in: $(cat "$dir/out")"
}
echo 'length = "1h"; oscilator = { };' >"$dir/bad.scenario"
echo 'oscillator = "quartz";' >"$dir/bad.conf"
expect 64 "which --scenario" --config "$dir/timed.conf"
expect 2 "$dir/bad.scenario:1: unknown setting \"oscilator\"" \
	--scenario "$dir/bad.scenario"
expect 2 "$dir/bad.conf:1: oscillator" --config "$dir/bad.conf" \
	--scenario "$dir/odd.scenario"
expect 2 "$dir/none.scenario: No such file" --scenario "$dir/none.scenario"
expect 2 "$dir/none.conf: No such file" --config "$dir/none.conf" \
	--scenario "$dir/odd.scenario"
expect 64 "what is \"now\"" --scenario "$dir/odd.scenario" now
for where in "/no/where.html: No such file" "$dir: Is a directory"; do
	expect 2 "--report $where" --scenario "$dir/odd.scenario" \
		--report "${where%: *}"
	grep -q half-width "$dir/out" &&
		fail "$where: told after the run: $(cat "$dir/out")"
done

exit $failed
