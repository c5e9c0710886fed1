#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# The leap second at the end of 2016: announced by satellites and a grandmaster,
# and taken by both, with a pulse that knows of none. True time is inside at every
# probe, in TAI and in smeared Unix time, and no source is put in doubt.
# clock: virtual
# date: 2016-12-31T23:57:00
# limit: 240
. /lab/lab.sh

leap_s=1483228800

# gm_utc OFFSET LEAP61: what the grandmaster says of UTC.
gm_utc()
{
	pmc -u -b 0 -s /run/gm "SET GRANDMASTER_SETTINGS_NP clockClass 6
		clockAccuracy 0x20 offsetScaledLogVariance 0x4e5d
		currentUtcOffset $1 leap61 $2 leap59 0 currentUtcOffsetValid 1
		ptpTimescale 1 timeTraceable 1 frequencyTraceable 1
		timeSource 0x20" >>/tmp/pmc.log 2>&1
}

source_field() # CLASS EXPRESSION
{
	field ".sources[] | select(.class == \"$1\") | $2"
}

source_is() # CLASS EXPRESSION VALUE
{
	[ "$(source_field "$1" "$2")" = "$3" ]
}

realtime_is_past()
{
	[ "$(date +%s)" -ge "$1" ]
}

ptp_hardware tai_s=36 pairs=2
knob lab1a/phc/quantum_ns 8
knob lab1a/phc/window_ns 1000
knob lab1a/phc/rate_ppb 7000
grandmaster
gm_utc 36 1
ptp_client
echo "leap 1 leap_at $leap_s" >/tmp/receiver.orders
receiver
timed_start "$ptp_alone" 'ptp = { socket = "/run/client"; device = "lab0b"; };' \
	'gnss = { pulse = "extts"; clock = "lab1a"; pin = 0; };'
expect_soon 60 "timed is synchronised" is_synchronized
expect_soon 60 "by the receiver, too" source_is gnss .verdict used
judge_start leap --leap-second $leap_s
expect_soon 60 "the satellites' announcement is heard" \
	source_is gnss .utc.leap_s 1
expect "and the table has it" source_is gnss .utc.verdict agrees
expect_soon 60 "the grandmaster's, too" source_is ptp .utc.leap_s 1
expect "and the table has it" source_is ptp .utc.verdict agrees
expect_soon 900 "the leap second comes" realtime_is_past $((leap_s - 10))
expect "until then both are used" source_is gnss .verdict used
status | cat
expect_soon 60 "it is over" realtime_is_past $((leap_s + 1))
gm_utc 37 0
expect_soon 60 "and half a minute has passed" realtime_is_past $((leap_s + 30))
status | cat
expect "both are used after it" source_is gnss .verdict used
expect "the other, too" source_is ptp .verdict used
expect "the pulse's second is known" \
	test "$(source_field gnss .receiver.labels)" != null
sleep 60
judge_end leap "true time is inside throughout"
expect "in one epoch" test "$(judge_value leap epochs)" = 1
expect "never in dispute" test "$(judge_value leap disputed_s)" = 0.0
expect "with the width of a clock's reading" \
	between 1 "$(judge_value leap width_ns_median)" 5000
