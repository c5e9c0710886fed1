#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# A receiver's pulse, by an interrupt and at a NIC's pin, with its seconds told by
# gpsd and by NTP: true time is inside at every probe, with latency, missing and
# spurious pulses, and when the pulse stops.
# clock: virtual
# limit: 240
. /lab/lab.sh

hardware pairs=2
wandering_counter
for end in lab0a lab0b; do
	knob $end/delay_ns 50000
	knob $end/queue_ns 20000
done
knob lab1a/phc/quantum_ns 8
knob lab1a/phc/window_ns 1000
knob lab1a/phc/rate_ppb 7000
knob pulse/latency_ns 3000
knob pulse/latency_tail_ns 1500
ntp_server lab0
ntp_client
receiver

timed_start 'gnss = { pulse = "pps"; pps = "/dev/pps0"; latency_max = "15us"; };'
expect_soon 60 "timed is synchronised" is_synchronized
sleep 60
judged pps 300 "true time is inside with an interrupt's pulse"
status | cat
expect "and the width of the latency's order" \
	between 1 "$(judge_value pps width_ns_median)" 60000
judge_start bad
knob pulse/missing_pm 100
knob pulse/spurious_pm 100
knob pulse/latency_tail_ns 10000
sleep 200
judge_end bad "true time is inside with bad pulses"
status | cat
knob pulse/missing_pm 0
knob pulse/spurious_pm 0
stop timed

timed_start 'gnss = { pulse = "extts"; clock = "lab1a"; pin = 0; };'
expect_soon 60 "timed is synchronised" is_synchronized
sleep 60
judged extts 300 "true time is inside with a pin's pulse"
status | cat
expect "and the width of a clock's reading" \
	between 1 "$(judge_value extts width_ns_median)" 5000
judge_start gone
knob pulse/is_off 1
sleep 120
judge_end gone "true time is inside when the pulse has stopped"
