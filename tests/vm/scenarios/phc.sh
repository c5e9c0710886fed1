#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# A PTP clock that is trusted by itself, on a slow bus: the interval contains
# true time; a clock that steps or is reset is left at once with the reason,
# and what is published stays true.
# clock: virtual
# limit: 240
. /lab/lab.sh

reason_is()
{
	field '.drivers[0].health // ""' | grep -q "$1"
}

is_well()
{
	[ "$(field .drivers[0].healthy)" = true ]
}

hardware
wandering_counter
knob lab0b/phc/quantum_ns 8
knob lab0b/phc/window_ns 3500
knob lab0b/phc/window_tail_ns 500
knob lab0b/phc/latch_pm 1000
timed_start 'chrony = { enable = false; };' \
	'phc = { device = "lab0b"; scale = "tai"; error_bound = "100ns"; };'
expect_soon 10 "timed is synchronised" is_synchronized
judged start 10 "true time is inside from the first seconds on" 20
judged steady 600 "and at every probe of ten minutes" 5
status | cat
expect "the width is of the reads' order" \
	between 1 "$(judge_value steady width_ns_median)" 6000
expect "no axiom was found broken" \
	test "$(field .counters.bound_violations)" = 0

# While it is off it gives no sample, and when it is right again it is watched
# for longer each time.
judge_start step --rate 20
knob lab0b/phc/step_ns 5000
expect_soon 2 "a step that the reads just show is told" reason_is "stepped by"
knob lab0b/phc/step_ns -5000
expect_soon 60 "and forgiven after a while" is_well
knob lab0b/phc/step_ns -1000000000
expect_soon 2 "one by a second is told" reason_is "went back by"
knob lab0b/phc/step_ns 1000000000
expect_soon 90 "and forgiven, later" is_well
judge_end step "true time is inside all the while"
expect "nothing had to be taken back" \
	test "$(field .counters.bound_violations)" = 0

judge_start reset --rate 20
knob lab0b/phc/reset 1
expect_soon 2 "a reset to 1970 is told" reason_is "nobody has set it"
sleep 60
judge_end reset "true time is inside when the clock was reset"
