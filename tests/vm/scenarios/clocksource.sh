#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# Readers go by the CPU's counter until the kernel abandons it as its clock
# source: from their next reading after timed's next look they go by the kernel's
# raw clock, in an epoch of its own. The interval contains true time throughout.
# clock: virtual
# limit: 240
# QEMU's own counter is invariant in virtual time, though it does not say so.
# qemu: -cpu qemu64,invtsc=on,x-force-features=on
. /lab/lab.sh

source=/sys/devices/system/clocksource/clocksource0/current_clocksource

# What the page's readers go by: tsc or raw.
readers_use()
{
	[ "$(field .clock.counter)" = "$1" ]
}

hardware
wandering_counter
timed_start 'chrony = { enable = false; };' \
	'phc = { device = "lab0b"; scale = "tai"; error_bound = "100ns"; };'
expect_soon 10 "timed is synchronised" is_synchronized
expect_soon 30 "readers go by the CPU's counter" readers_use tsc
judged tsc 30 "true time is inside by it" 50
expect "in one epoch" test "$(judge_value tsc epochs)" = 1

judge_start over --seconds 600 --rate 50
sleep 2
echo hpet >$source
expect_soon 2 "abandoned by the kernel, it is by readers" readers_use raw
expect "with the reason" grep -q "the kernel changed its clock source" \
	/tmp/timed.log
expect_soon 30 "timed is synchronised again" is_synchronized
sleep 10
judge_end over "true time is inside all the while, for who has it open"
expect "in a second epoch" test "$(judge_value over epochs)" = 2
expect "no axiom was found broken" \
	test "$(field .counters.bound_violations)" = 0
