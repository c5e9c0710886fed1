#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# With hardware cross-timestamps and a declared asymmetry the interval is about
# a microsecond to each side, and true time is inside at every probe, also when
# the cross-timestamps begin to fail.
# clock: virtual
# limit: 150
. /lab/lab.sh

ptp_hardware precise=1
knob lab0a/delay_ns 890
grandmaster
ptp_client
timed_start "$ptp_alone" 'ptp = { socket = "/run/client"; device = "lab0b";
	asymmetry = "60ns"; };'
expect_soon 60 "timed is synchronised" is_synchronized
sleep 30
judged precise 300 "true time is inside" 20
status | cat
expect "and the interval narrower than reads of the clock alone allow" \
	between 1 "$(judge_value precise width_ns_median)" 2500

judge_start failing
knob lab0b/phc/precise_fails 1
sleep 60
status | cat
judge_end failing "true time is inside when cross-timestamps fail"
