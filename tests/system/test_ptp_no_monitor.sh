#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A ptp4l without slave_event_monitor: its data sets bound one side, and both
# where a largest delay is declared; when they freeze nothing is made of them.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
. "$(dirname "$0")/ptp_lab.sh"
lab_enter "$@"
need_ptp4l

ptp_wire 1
ptp_order 1 "jitter 1000000"
ptp_master 1 "logMinDelayReqInterval 0"
PTP_MONITOR=no ptp_client 1 "logMinDelayReqInterval 0"
ptp_watch_start
expect_soon 20 "without a monitor it says what it lacks" \
	ptp_said "reachable 1 .*: no slave_event_monitor, and no delay_max"
expect_soon 20 "the forward side is bounded" ptp_counted "^sample .* forward" 5
expect "and no other" test "$(ptp_count '^sample .* \(backward\|off\) .* delay')" \
	= "$(ptp_count '^sample .* forward')"
ptp_watch_end "no sample missed true time"

ptp_watch_start delay_max=100000000
expect_soon 20 "with a declared delay_max it has two sides" \
	ptp_counted "^sample ptp/[^ ]* off" 5
ptp_order 1 "lose sync"
ptp_mark
expect_soon 10 "without Sync the driver says so" \
	ptp_said "reachable 0 .*: no Sync any more"
ptp_mark
sleep 2
expect "and makes no sample of a frozen offset" \
	test "$(ptp_count '^sample')" = 0
ptp_order 1 "lose nothing"
expect_soon 20 "with Sync it measures again" ptp_counted "^sample [^ ]* off" 3
ptp_watch_end "no sample missed true time"
