#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# An hour of timed on chronyd, whose server has true time from its NIC's clock,
# while the guest's counter is 20 ppm off and wanders within A2: the interval
# contains true time at every probe, and follows it closely.
# clock: virtual
# limit: 400
. /lab/lab.sh

hardware
wandering_counter
for end in lab0a lab0b; do
	knob $end/delay_ns 50000
	knob $end/queue_ns 20000
done
ntp_server lab0
ntp_client
timed_start
expect_soon 30 "timed is synchronised" is_synchronized

expect "the judge can say no: a truth 1 ms away is outside" \
	test "$(judge --seconds 5 --truth-offset-ns 1000000 liar 2>&1 |
		sed -n 's/.* verdict=//p')" = violated
judged start 120 "true time is inside in the first two minutes" 20
judged hour 3600 "and at every probe of an hour" 4
status | cat
expect "no axiom was found broken" \
	test "$(field .counters.bound_violations)" = 0
expect "the width is of the path's order: below 300 us" \
	between 1 "$(judge_value hour width_ns_median)" 300000
expect "in one epoch" test "$(judge_value hour epochs)" = 1
