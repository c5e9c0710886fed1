#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# ptp4l goes stale silently. What it goes on telling is shown here, by pmc, and
# that the driver is not taken in.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
. "$(dirname "$0")/ptp_lab.sh"
lab_enter "$@"
need_ptp4l

# Two looks, a second apart, that show the same.
is_frozen() # ID KEY
{
	local before

	before=$(ptp_value ptp "$1" "$2")
	sleep 1
	[ -n "$before" ] && [ "$(ptp_value ptp "$1" "$2")" = "$before" ]
}

ptp_wire 1
ptp_master 1
ptp_client 1
ptp_watch_start
whole="^sample [^ ]* off"
expect_soon 20 "it measures" ptp_counted "$whole" 3

# Sync lost, Announce kept: the port stays as it is, the offset too.
ptp_order 1 "lose sync"
ptp_mark
expect_soon 10 "without Sync the driver says so" \
	ptp_said "reachable 0 .*: no Sync any more, port still"
expect "ptp4l does not: its offset is frozen" \
	is_frozen TIME_STATUS_NP master_offset
expect "its port has the state it had" \
	ptp_value_is ptp PORT_DATA_SET portState UNCALIBRATED
expect "its grandmaster is present" \
	ptp_value_is ptp TIME_STATUS_NP gmPresent true
# Each Delay_Req that is answered still bounds the time from above.
ptp_mark
sleep 2
expect "no best guess is made of it, and no lower bound" \
	test "$(ptp_count '^sample [^ ]* \(forward\|off\)')" = 0
ptp_order 1 "lose nothing"
expect_soon 20 "with Sync it measures again" ptp_counted "$whole" 3
expect "and the source is reachable" ptp_said "reachable 1 .*: $"

# All lost: the port listens, but the data sets tell of a grandmaster still.
ptp_mark
ptp_stop "$ptp_master_1"
expect_soon 20 "without a master the driver says so" \
	ptp_said "reachable 0 .*: its port is LISTENING"
expect "ptp4l still tells of a grandmaster" \
	ptp_value_is ptp TIME_STATUS_NP gmPresent true
expect "of its class" \
	ptp_value_is ptp PARENT_DATA_SET gm.ClockClass 6
expect "and of an offset" is_frozen TIME_STATUS_NP master_offset
ptp_mark
sleep 2
expect "no sample is made of that" test "$(ptp_count '^sample')" = 0
ptp_master_start 1
expect_soon 20 "when it is back it measures again" \
	ptp_counted "$whole" 3

# Nobody answers its Delay_Req: one side goes on, and says so by its kind.
ptp_order 1 "lose delay_req"
sleep 1
ptp_mark
expect_soon 20 "without Delay_Req the forward legs go on" \
	ptp_counted "^sample .* forward" 5
expect "alone" test "$(ptp_count '^sample [^ ]* \(backward\|off\)')" = 0
ptp_watch_end "no sample missed true time"
