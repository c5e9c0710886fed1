#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The ledger as ./demo ledger shows it, and what a liar does to it: plain clocks
# break the store and libtt does not, unless one of its rules is left out; the
# checker finds what a liar breaks, and the HLC guard names it. Real processes, without rights.
set -u
cd "$(dirname "$0")/../.." || exit 1
ledger=${LAB_BUILD:?the build directory}/examples/ledger/ledger
dir=$(mktemp -d)
trap 'rm -rf "$dir" "${pictures:-$dir}"' EXIT
renice -n 10 $$ >/dev/null # nothing here is judged by its speed

fail()
{
	echo "FAILED: $*"
	cat "$dir"/*
	exit 1
}

expect() # CLAIM COMMAND...
{
	local claim=$1

	shift
	"$@" || fail "$claim"
	echo "ok: $claim"
}

count() # of NAME in FILE
{
	sed -n "s/^$1  *\([0-9]*\).*/\1/p" "$dir/$2" | head -n 1
}

# Clocks farther apart than this machine is ever late.
LEDGER_WIDTH=100ms LEDGER_SECONDS=2 examples/ledger/demo.sh >"$dir/demo"
code=$?
pictures=$(sed -n 's|^pictures: \(/tmp/ledger-demo.[^/]*\)/.*|\1|p' "$dir/demo")
expect "the demo shows what it says" test $code = 0
for anomaly in 'lww-system .* [1-9][0-9]* updates lost' \
	'txn-system .* [1-9][0-9]* reversed, *[1-9][0-9]* reads stale' \
	'txn-hlc .* [1-9][0-9]* reads stale' \
	'lww-tt .* 0 updates lost, *0 reversed, *0 reads stale' \
	'txn-tt-faults .* 0 updates lost, *0 reversed, *0 reads stale'; do
	expect "the summary has: $anomaly" grep -Eq "$anomaly" "$dir/demo"
done
expect "vector clocks tell of writes that were lost knowing the winner" \
	grep -Eq 'node 0 dropped [1-9][0-9]* that knew' "$dir/demo"
expect "commit waits are told, and the part that was hidden" \
	grep -Eq '^commit waits .* s in all .*[0-9.]+ % hidden' "$dir/demo"
expect "a lost write is worked out, with who found that it was" test \
	"$(sed -n '/^lost update *[1-9]/,/drawn/p' "$dir/demo" |
		grep -c '^  [ABC]: client')" = 3
expect "the cost has a line for each clock and width" \
	test "$(grep -Ec '^(system|hlc|tt) +[0-9]+ us' "$dir/demo")" = 12
for picture in lww-system-lost-update txn-system-causal-reversal \
	txn-system-stale-read; do
	expect "a picture of it is well-formed: $picture" python3 -c \
		'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' \
		"$pictures/$picture.svg"
done

# breaks FILE WHAT OPTION...: a run of the store in which this goes wrong. It needs
# operations that meet: where a slow disk lets few through, another seed is tried.
breaks()
{
	local file=$1 what=$2 seed

	shift 2
	for seed in 1 2 3 4 5; do
		"$ledger" run --seed=$seed "$@" >"$dir/$file" 2>&1
		[ $? = 1 ] && [ "$(count "$what" "$file")" -gt 0 ] && return
	done
	return 1
}

# without RULE WHAT OPTION...: --clock=tt less one rule
without()
{
	expect "without the $1 rule there is a $2" breaks "without-$1" "$2" \
		--seconds=3 --without="$1" "${@:3}"
}
without start 'lost update' --width=100ms --store=lww
without wait 'causal reversal' --width=100ms
without read 'broken snapshot' --width=100ms
# The leader of one shard is cut off, and another follows it.
without lease 'stale read' --far=0:4s --seconds=7 --clients=6
"$ledger" run --far=0:4s --seconds=7 --clients=6 >"$dir/far" 2>&1
expect "with it there is none" test $? = 0

expect "the checker finds what a liar does: reads are stale by it" \
	breaks liar 'stale read' \
	--clients=6 --liar=0:+500ms --guard=tell --seconds=4
expect "the guard names the liar" \
	grep -Eq '^guard .* messages of node 0, up to 49[0-9]' "$dir/liar"
"$ledger" run --clients=6 --liar=0:+500ms --seconds=4 >"$dir/refused" 2>&1
expect "where the guard refuses what it sends, the others go on" \
	test "$(count updates refused)" -gt 0
expect "and it is named" \
	grep -Eq '^guard .* refused [0-9]+ messages of node 0' "$dir/refused"

echo "update 0 0 10 20 x" >"$dir/history"
"$ledger" check "$dir/history" 2>"$dir/error"
expect "a file that is no history is refused" test $? = 2
expect "with its line" grep -q 'history:1: not an operation' "$dir/error"
