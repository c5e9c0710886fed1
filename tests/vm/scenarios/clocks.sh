#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# The phc driver's readings contain the clock, however slow and lopsided its
# reads are and whatever the clock does; pulses are stamped when they happen.
# clock: virtual
# limit: 120
. /lab/lab.sh

hardware
# CLOCK_REALTIME and the raw counter begin together, and stay so to some ns.
expect "a pulse is stamped at its second" \
	between 0 "$(sleep 2.5; pps_fraction)" 50
knob pulse/latency_ns 4000
expect "with the interrupt's latency" \
	between 3950 "$(sleep 2.5; pps_fraction)" 4050
knob pulse/phase_ns -1000000
expect "and when it comes early" \
	between 999003950 "$(sleep 2.5; pps_fraction)" 999004050
at_ns=$(extts_fraction lab0a)
expect "a clock's pin has no latency" between 999000000 "$at_ns" 999000000
knob lab0b/phc/quantum_ns 8
knob lab0b/phc/step_ns 250
expect "and the clock's resolution" \
	between 999000248 "$(extts_fraction lab0b)" 999000248
knob lab0b/phc/step_ns -250
knob pulse/missing_pm 1000
before=$(pps_sequence)
sleep 3
expect "missing pulses do not come" test "$(pps_sequence)" = "$before"
knob pulse/missing_pm 0
knob pulse/spurious_pm 1000
sleep 10
expect "spurious ones do" between 18 $(($(pps_sequence) - before)) 23

wandering_counter
knob lab0b/phc/rate_ppb -30000
for how in "0 500" "3500 0" "3500 500" "3500 1000" "90000 100"; do
	knob lab0b/phc/window_ns "${how% *}"
	knob lab0b/phc/window_tail_ns $((${how% *} / 10))
	knob lab0b/phc/latch_pm "${how#* }"
	for mode in extended basic; do
		expect "read in ${how% *} ns, latched at ${how#* }/1000" \
			phc_judge --mode $mode --stamp-ns 8 lab0b
	done
done
knob lab0b/phc/quantum_ns 100000
expect "a resolution that was not declared is found" \
	test "$(phc_judge --stamp-ns 8 lab0b 2>/dev/null |
		grep -c violations=0)" = 0

rmmod ttlab
hardware precise=1
wandering_counter
knob lab0b/phc/rate_ppb -30000
knob lab0b/phc/quantum_ns 8
knob lab0b/phc/window_ns 90000
phc_judge --stamp-ns 8 lab0b >/tmp/precise.out
cat /tmp/precise.out
expect "a clock with cross-timestamps is read by those" \
	grep -q '^mode=precise .* violations=0 ' /tmp/precise.out
knob lab0b/phc/precise_fails 1
phc_judge --stamp-ns 8 lab0b >/tmp/precise.out
cat /tmp/precise.out
expect "and by the next best where they fail" \
	grep -q '^mode=extended-raw .* violations=0 ' /tmp/precise.out
