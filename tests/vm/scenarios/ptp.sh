#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# timed on ptp4l with hardware stamps: the interval contains true time at every
# probe, and is of the path's order; a declared asymmetry and hardware
# cross-timestamps make it narrower, and still true.
# clock: virtual
# limit: 240
. /lab/lab.sh

ptp_hardware
grandmaster
ptp_client
timed_start "$ptp_alone" 'ptp = { socket = "/run/client"; device = "lab0b"; };'
judge_start begin
expect_soon 60 "timed is synchronised" is_synchronized
sleep 30
judge_end begin "true time is inside from the first bound on"
judged steady 600 "and at every probe of ten minutes"
status | cat
expect "the width is of the path's and the reads' order" \
	between 1 "$(judge_value steady width_ns_median)" 5000
expect "in one epoch" test "$(judge_value steady epochs)" = 1

# A4 with a number: the directions differ by up to 90 of the 100 ns declared.
stop timed
knob lab0a/delay_ns 890
timed_start "$ptp_alone" 'ptp = { socket = "/run/client"; device = "lab0b";
	asymmetry = "60ns"; };'
expect_soon 60 "timed with a declared asymmetry is synchronised" is_synchronized
judged asymmetry 300 "true time is inside with the path at its edge"

# Reads as over a slow bus, latched at either end.
for latch_pm in 0 1000; do
	knob lab0b/phc/window_ns 20000
	knob lab0b/phc/window_tail_ns 2000
	knob lab0b/phc/latch_pm $latch_pm
	judged "slow_$latch_pm" 120 "and with slow reads, latched at $latch_pm"
done
status | cat
