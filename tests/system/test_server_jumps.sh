#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A server whose time jumps by 5 ms while it is in use contradicts itself: that
# is detected and counted, a new epoch begins with the hull of before and after,
# and the clock recovers. Until the jump the interval contains true time; what
# the server says afterwards is its word alone.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
lab_enter "$@"
need_chronyd

# The hull lasts for some samples: at one a second it can be seen.
LAB_POLL=0
lab_liar 1 --jump-ns 5000000
lab_client 1
lab_timed_start
expect_soon 15 "it synchronises" status_exits 0
lab_judge_start before --seconds 60
sleep 8
expect_contained before "before the jump true time was inside at every read"
expect "and nothing was found broken" \
	test "$(lab_field .counters.bound_violations)" = 0
epoch=$(lab_field .clock.epoch)
cp "$lab_segment" "$LAB_DIR/stray"

kill -USR1 "$lab_liar_1"
contains_both() # 0 and 5 ms ahead of CLOCK_REALTIME
{
	[ "$(lab_field '.system_clock | .earliest_offset_ns <= 0 and
		.latest_offset_ns >= 5000000')" = true ]
}
expect_soon 20 "the interval is the hull of before and after" contains_both
expect "the jump is counted" above .counters.bound_violations 0
expect "a new epoch has begun" test "$(lab_field .clock.epoch)" != "$epoch"
lab_status
expect_soon 60 "it recovers" status_exits 0
lab_judge_start after --seconds 60 --truth-offset-ns 5000000
sleep 5
expect_contained after "then the server's time was inside at every read"

# The copy of before the jump stands for another daemon's segment.
expect_code 3 "a segment and a socket that contradict each other are refused" \
	lab_status --segment "$LAB_DIR/stray"
expect "in words" grep -q 'of two daemons' "$LAB_DIR/last.out"
