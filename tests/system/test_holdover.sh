#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# chronyd is gone, and timed is restarted meanwhile, by order and by force: the
# bound goes on in its epoch, never narrower than before, and opens by A2 as long
# as the drift file tells that its rate is this counter's; without it by A1. Under
# wider axioms it does not go on.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
lab_enter "$@"
need_chronyd

mkdir "$LAB_DIR/conf.d"
echo "drift_file = \"$LAB_DIR/drift\";" >"$LAB_DIR/conf.d/drift.conf"

gone()
{
	! kill -0 "$lab_timed_pid"
}

# Half-width and epoch now, and what the edges open by, in whole ppb.
note()
{
	half_ns=$(lab_field .clock.half_width_ns)
	epoch=$(lab_field .clock.epoch)
	opening_ppb=$(lab_field '.clock.latest_rate_ppb -
		.clock.earliest_rate_ppb | ceil')
	echo "   half-width $half_ns ns, opens by $opening_ppb ppb"
}

# went_on WHAT: since the last note, in the same epoch and no narrower.
went_on()
{
	local was_ns=$half_ns was_epoch=$epoch

	expect_soon 10 "$1: it is in HOLDOVER" state_is HOLDOVER
	note
	expect "$1: no narrower" test "$half_ns" -ge "$was_ns"
	expect "$1: the same epoch" test "$epoch" = "$was_epoch"
	expect "$1: by no source" test "$(lab_field '.sources | length')" = 0
}

lab_server 1
lab_client 1
lab_timed_start
expect_soon 15 "it synchronises" status_exits 0
lab_judge_start all --seconds 150 --rate 0
sleep 20 # to learn the rate
expect "it foretells three widths" \
	test "$(lab_field '.holdover.forecast | length')" = 3
expect "the wider the later" lab_field '[.holdover.forecast[].in_ns] |
	. == sort and .[0] > 0 or error("not so")'

kill -KILL "$lab_client_pid"
rm -f "$LAB_DIR/client/chronyd.sock"
expect_soon 20 "chronyd killed: HOLDOVER" state_is HOLDOVER
note
expect "it opens by A2" test "$opening_ppb" -lt 20000

kill -TERM "$lab_timed_pid"
expect_soon 5 "SIGTERM ends timed" gone
sleep 1
lab_timed_start
went_on "restarted"
expect "restarted: it opens by A2" test "$opening_ppb" -lt 30000

kill -KILL "$lab_timed_pid"
sleep 1
lab_timed_start
went_on "killed and restarted"
expect "killed and restarted: it opens by A2" test "$opening_ppb" -lt 40000

kill -KILL "$lab_timed_pid"
sleep 1
rm "$LAB_DIR/drift"
lab_timed_start
went_on "without a drift file"
expect "without a drift file: it opens by A1, 2 x 50 ppm" \
	test "$opening_ppb" -ge 100000

was=$epoch
lab_client_start
expect_soon 20 "chronyd is back: exit 0" status_exits 0
expect_soon 20 "and narrow" eval \
	'[ "$(lab_field .clock.half_width_ns)" -lt 100000 ]'
expect "in the same epoch" test "$(lab_field .clock.epoch)" = "$was"

kill -TERM "$lab_timed_pid"
expect_soon 5 "SIGTERM ends timed" gone
echo 'axioms = { wander = "40ppb/s"; };' >"$LAB_DIR/conf.d/axioms.conf"
lab_timed_start
expect_soon 5 "under a wider A2 what it had published is left" grep -q \
	"an earlier life's bound is left: axioms.wander is wider now" \
	"$LAB_DIR/timed.log"
expect_soon 20 "and there is another" status_exits 0
expect "in a new epoch" test "$(lab_field .clock.epoch)" -gt "$was"
expect "nothing was violated" \
	test "$(lab_field .counters.bound_violations)" = 0
expect_contained all "true time was inside at every read through all of this"
