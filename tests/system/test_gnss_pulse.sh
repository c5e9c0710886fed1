#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A receiver with a pulse: its second is named by gpsd and confirmed by a
# server, and then the pulse bounds the time, whatever is wrong with it.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
lab_enter "$@"
. "$(dirname "$0")/gnss_lab.sh"
need_chronyd
need_gpsd

lab_server 1
lab_client 1
gnss_receiver
gnss_pulse_order
gnss_gpsd
gnss_timed 'pulse = "pps";' "pps = \"$gnss_pps\";" 'latency_max = "15us";' \
	'best_of = 8;'
expect_soon 40 "two agree on the pulse's second" \
	gnss_is .receiver.labels "gpsd, others"
expect_soon 30 "the pulse bounds the time to microseconds" \
	gnss_below .error_ns 100000
lab_judge_start all --seconds 600
expect "its jitter is told" gnss_below .receiver.pulse_jitter_ns 100000
lab_status
lab_status >"$LAB_DIR/page"
expect "tt-status shows fix, satellites, jitter and labels" grep -q \
	"^    3D fix, 8 of 8 satellites, jitter .*; second by gpsd, others" \
	"$LAB_DIR/page"

gnss_pulse_order "tail 200000"
n=$(gnss_field .samples)
expect_soon 30 "tails of 200 us do no harm" gnss_above .samples $((n + 10))
gnss_pulse_order "lose 3"
n=$(gnss_field .samples)
expect_soon 60 "nor do missing pulses" gnss_above .samples $((n + 8))
gnss_pulse_order "double"
expect_soon 40 "two pulses in a second are refused" \
	gnss_notes "its last pulse was doubled"
gnss_pulse_order "noise"
expect_soon 30 "pulses amid noise are sorted out" \
	gnss_notes "stray\|no train yet"
gnss_pulse_order "phase 250000000"
expect_soon 30 "a pulse a quarter of a second off is none" \
	gnss_notes "not at a second"
gnss_pulse_order "stop"
expect_soon 30 "pulses that stop are missed" gnss_notes "no pulse any more"
gnss_pulse_order "gone"
expect_soon 40 "a device that vanishes is told" grep -q \
	"gnss: .*pps0: No such " "$LAB_DIR/timed.log"
gnss_pulse_order
expect_soon 40 "it is taken again when it is back" gnss_is .note null
expect_soon 30 "and bounds the time again" gnss_below .error_ns 100000

# The antenna is cut: the receiver says so, and its pulse runs off.
gnss_order "fix 0"
gnss_pulse_order "phase 40000"
expect_soon 40 "without a fix" gnss_notes "^no fix"
sleep 3
gnss_pulse_order
gnss_order
expect_soon 40 "and with one again" gnss_is .note null
expect_contained all "true time was inside at every read"
