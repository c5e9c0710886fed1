#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A receiver through gpsd, and nothing else: its messages bound the time to what
# they may take, and gpsd may come and go.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
lab_enter "$@"
. "$(dirname "$0")/gnss_lab.sh"
need_gpsd

gnss_alone=yes
gnss_timed
expect_soon 40 "without gpsd it says so" gnss_notes "gpsd is not there"
expect "and counts as unreachable" gnss_is .reachable false
gnss_receiver
gnss_gpsd
expect_soon 30 "with gpsd it has a bound" state_is SYNCHRONIZED
lab_judge_start all --seconds 600
expect_soon 40 "the fix is shown" gnss_is .receiver.fix 3
expect "the satellites" gnss_is '.receiver.satellites_used' 8
expect "and those in view" gnss_is '.receiver.satellites_visible' 8
expect "its time is UTC" gnss_is .scale utc
expect "GNSS holds the bound" \
	test "$(lab_field '.clock.flags | index("GNSS") != null')" = true
expect "on what was declared" \
	test "$(lab_field '.clock.flags | index("DECLARED") != null')" = true
expect_soon 40 "the half-width is what messages may take, halved" \
	gnss_below .error_ns 501000000

expect "it announces no leap second and no lack of one" gnss_is .utc.leap_s null
gnss_order "leap 1"
expect_soon 40 "a leap second that its satellites announce is seen" \
	gnss_is .utc.leap_s 1
expect "and that the table does not have it" gnss_is .utc.verdict leap-unknown
expect "which the log says" \
	grep -q "announces a leap second (+1 s)" "$LAB_DIR/timed.log"
gnss_order "leap 0"
expect_soon 40 "none is seen as well" gnss_is .utc.leap_s 0
expect "with which the table agrees" gnss_is .utc.verdict agrees
gnss_order

gnss_stop "$gnss_gpsd_pid"
expect_soon 40 "without gpsd again it says so" gnss_notes "gpsd is not there"
expect_soon 40 "and the bound opens" state_is HOLDOVER
n=$(gnss_field .samples)
gnss_gpsd
expect_soon 60 "a gpsd that starts anew is found" state_is SYNCHRONIZED
expect_soon 40 "and gives samples" gnss_above .samples "$n"
expect "none contradicts those from before" gnss_is .contradictions 0
expect_contained all "true time was inside at every read"
