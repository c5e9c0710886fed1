#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# PTP and NTP together: the grandmaster's half microsecond while it is true; and
# when it steps by 10 ms, still of class 6 as it says, the two are in dispute and
# true time, which NTP has, is inside at every probe all the same.
# clock: virtual
# limit: 240
. /lab/lab.sh

ptp_hardware pairs=2
for end in lab1a lab1b; do
	knob $end/delay_ns 50000
	knob $end/queue_ns 20000
done
ntp_server lab1
ntp_client
grandmaster
ptp_client
timed_start 'ptp = { socket = "/run/client"; device = "lab0b"; };'
expect_soon 60 "timed is synchronised" is_synchronized
sleep 30
expect "by both" test "$(field '[.sources[].verdict] | unique |
	join(" ")')" = used
judged both 120 "true time is inside with both"
expect "as narrow as PTP alone has it" \
	between 1 "$(judge_value both width_ns_median)" 5000

judge_start lie
knob lab0a/phc/step_ns 10000000
expect_soon 30 "a grandmaster 10 ms ahead is in dispute" state_is DISPUTED
sleep 60
status | cat
judge_end lie "true time is inside throughout"
judge_start truth
knob lab0a/phc/step_ns -10000000
expect_soon 120 "the grandmaster true again, the dispute ends" is_synchronized
sleep 60
judge_end truth "true time is inside"
status | cat
