#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# The lab itself: what unmodified ptp4l sees on its hardware is what was set.
# clock: virtual
# limit: 120
. /lab/lab.sh

hardware
wandering_counter
expect "a NIC's clock that nobody touches keeps true time" \
	between 0 "$(knob lab0a/phc/error_ns)" 0
knob lab0a/delay_ns 12000
knob lab0b/delay_ns 12000
knob lab0b/phc/rate_ppb -8000
grandmaster
ptp4l_start client lab0b "slaveOnly 1"
sleep 60
say "client: $(tail -n 1 /tmp/client.log)"
expect "ptp4l -H settles to some ns" between 0 "$(client_offset client)" 5
expect "with the path delay that was set" \
	between 11990 "$(client_delay client)" 12010
expect "which is so" between -10 "$(knob lab0b/phc/error_ns)" 10

knob lab0a/delay_ns 15000
sleep 60
say "client: $(tail -n 1 /tmp/client.log)"
expect "3000 ns more one way put the client 1500 ns behind, unseen" \
	between -1510 "$(knob lab0b/phc/error_ns)" -1490
