#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The ledger in about a minute: the same store on plain clocks and on libtt, with
# clocks as far apart as their intervals allow; then under kills, pauses and
# faults of the clocks; then what consistency costs, by clock and width.
# usage: ./demo ledger     LEDGER_WIDTH=20ms and LEDGER_SECONDS=4 change it
# exit: 0 plain clocks broke the store and libtt did not; 1 otherwise
set -u
cd "$(dirname "$0")/../.." || exit 1
width=${LEDGER_WIDTH:-20ms} seconds=${LEDGER_SECONDS:-4}
build=${LAB_BUILD:-$PWD/build/dev}
ledger=$build/examples/ledger/ledger
out=$(mktemp -d /tmp/ledger-demo.XXXXXX) || exit 1
failed=0

die()
{
	printf 'demo: %s\n' "$*" >&2
	exit 1
}

prepare()
{
	[ -x "$ledger" ] && [ -x "$build/sim/tt-sim" ] && return
	packaging/install-deps.sh build run || die "packages are missing"
	echo "building into build/dev (a minute, once)"
	if ! { { [ -e "$build/build.ninja" ] || cmake --preset dev; } &&
	       cmake --build "$build" --target ledger; } >"$out/log" 2>&1; then
		tail -n 30 "$out/log"
		die "it does not build"
	fi
}

# run WANTED-EXIT-CODE NAME WHAT OPTION... What is to be shown to go wrong (1) needs
# operations that meet: where a slow disk lets few of them through, another seed is
# tried. What must not go wrong has one try.
run()
{
	local wanted=$1 name=$2 code seed

	printf '\n== %s\n' "$3"
	shift 3
	for seed in 1 2 3 4 5; do
		"$ledger" run --seconds="$seconds" --width="$width" \
			--seed=$seed --svg="$out/$name" "$@" |
			tee "$out/$name.txt"
		code=${PIPESTATUS[0]}
		[ "$code" = "$wanted" ] && return
		[ "$wanted$code" = 10 ] || break
		echo "demo: nothing went wrong in $seconds s: once more"
	done
	echo "demo: exit code $code, not $wanted"
	failed=1
}

prepare
echo "three nodes, each with a clock of its own, $width wide at most; one disk"
run 1 lww-system "last write wins, plain clocks: acknowledged writes are lost" \
	--store=lww --clock=system
run 1 txn-system "transactions, plain clocks: reads are stale, writes change places" \
	--clock=system
run 1 txn-hlc "transactions, hybrid clocks: right only as far as messages come soon" \
	--clock=hlc --far=2:50ms
run 0 lww-tt "last write wins with libtt: none is lost" --store=lww --clock=tt
run 0 txn-tt "transactions with libtt: none out of order" --clock=tt
run 0 txn-tt-faults "the same while nodes are killed and paused, and clocks fail" \
	--clock=tt --faults --seconds=$((3 * seconds))
printf '\n== what it costs\n'
"$ledger" cost --seconds=1 | tee "$out/cost.txt"
[ "${PIPESTATUS[0]}" = 0 ] || failed=1
printf '\n== summary\n'
for run in lww-system txn-system txn-hlc lww-tt txn-tt txn-tt-faults; do
	awk -v run=$run '
		/^operations/ { operations = $2 }
		/^stale read/ { stale = $3 }
		/^lost update/ { lost = $3 }
		/^causal reversal/ { reversed = $3 }
		END {
			printf "%-14s %6d operations, %5d updates lost, " \
			       "%5d reversed, %5d reads stale\n", run,
			       operations, lost, reversed, stale
		}' "$out/$run.txt"
done
echo "pictures: $(echo "$out"/*.svg)"
exit $failed
