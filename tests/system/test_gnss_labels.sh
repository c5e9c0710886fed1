#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Which second a pulse marks: two must agree. A receiver whose messages are a
# second off is not followed, and one that nobody confirms is not believed.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
lab_enter "$@"
. "$(dirname "$0")/gnss_lab.sh"
need_chronyd
need_gpsd

pulse=('pulse = "pps";' "pps = \"$gnss_pps\";" 'latency_max = "15us";' \
	'best_of = 8;')

gnss_receiver
gnss_pulse_order
gnss_gpsd
gnss_alone=yes
gnss_timed "${pulse[@]}"
expect_soon 40 "alone it has its messages' bound" state_is SYNCHRONIZED
expect_soon 40 "nobody confirms the pulse's second" \
	gnss_notes "nobody confirms"
lab_judge_start alone --seconds 600
sleep 3
expect "and it bounds nothing" test "$(gnss_field .error_ns)" -gt 100000000
expect_contained alone "true time was inside at every read"
kill -TERM "$lab_timed_pid"
lab_until 5 lab_has_ended "$lab_timed_pid"

lab_server 1
lab_client 1
gnss_alone=
gnss_order "shift -1"
gnss_timed "${pulse[@]}"
expect_soon 40 "labels that differ by one second are told" \
	gnss_notes "the labels name different seconds"
lab_judge_start off --seconds 600
expect "nobody is said to have agreed" gnss_is .receiver.labels null
gnss_order
expect_soon 40 "when they agree the pulse is believed" \
	gnss_is .receiver.labels "gpsd, others"
expect_soon 40 "and bounds the time" gnss_below .error_ns 100000
# gpsd mends dates from before its own; not those from after.
gnss_order "weeks -1024"
expect_soon 40 "a receiver 1024 weeks ahead is told" \
	gnss_notes "^week rollover: its date is 1 x 1024 weeks ahead"
gnss_order
expect_soon 40 "and believed again when it is not" \
	gnss_is .note null
expect_contained off "true time was inside at every read"
