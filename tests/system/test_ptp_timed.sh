#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timed on ptp4l and chronyd at once: true time, which is this kernel's
# CLOCK_REALTIME, is inside at every read, whatever becomes of the grandmaster.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
. "$(dirname "$0")/ptp_lab.sh"
lab_enter "$@"
need_ptp4l
need_chronyd

# The source whose name has a grandmaster in it.
ptp_source() # FIELD
{
	lab_field "[.sources[] | select(.name | startswith(\"ptp/\"))][0]$1"
}

ptp_source_is() # FIELD VALUE
{
	[ "$(ptp_source "$1")" = "$2" ]
}

held_by() # FLAG
{
	[ "$(lab_field ".clock.flags | index(\"$1\") != null")" = true ]
}

# The machine's own table may have expired, and this is no test of that.
sed 's/^#@.*/#@	9000000000/' /usr/share/zoneinfo/leap-seconds.list \
	>"$LAB_DIR/leap" || skip "no leap second table (tzdata)"

ptp_wire 1
ptp_master 1
ptp_wire 2
ptp_client "1 2"
lab_server 9
lab_client 9
lab_timed_conf "ptp = { name = \"ptp\"; device = \"realtime\";" \
	"socket = \"$LAB_DIR/ptp.uds\"; monitor = \"$LAB_DIR/monitor\";" \
	"arbitrary = \"utc\"; };" "leap_file = \"$LAB_DIR/leap\";"
lab_timed_start
expect_soon 15 "tt-status exits 0 once synchronised" status_exits 0
lab_judge_start all --seconds 120
expect_soon 20 "the grandmaster is a source that is used" \
	ptp_source_is .verdict used
expect "of class ptp" ptp_source_is .class ptp
lab_status

ptp_order 1 "lose sync"
expect_soon 20 "without Sync it is stale" ptp_source_is .verdict stale
expect "and says why" ptp_source_is .reachable false
expect_soon 20 "NTP holds the bound" held_by NTP
expect "the clock is synchronised all the while" state_is SYNCHRONIZED
ptp_order 1 "lose nothing"
expect_soon 20 "with Sync it is used again" ptp_source_is .verdict used

ptp_order 1 "delay 3000000 0"
sleep 3
ptp_order 1 "delay 0 3000000"
sleep 3
expect "an asymmetry of 3 ms, either way, contradicts nothing" \
	ptp_source_is .verdict used
ptp_order 1 "delay 0 0"

ptp_stop "$ptp_client_pid"
expect_soon 20 "without ptp4l it is stale" ptp_source_is .verdict stale
ptp_client_start
expect_soon 20 "with ptp4l it is used again" ptp_source_is .verdict used

ptp_stop "$ptp_master_1"
expect_soon 20 "without its grandmaster it is stale" \
	ptp_source_is .verdict stale
expect "the clock is synchronised still" state_is SYNCHRONIZED
expect "no axiom was found broken" \
	test "$(lab_field .counters.bound_violations)" = 0
expect_contained all "true time was inside at every read"

# Another grandmaster is another source. This one is 37 s off: it says that its
# UTC is TAI.
epochs=$(lab_field .clock.epoch)
ptp_master 2
expect_soon 5 "a second grandmaster comes" ptp_settings 2 6 0x21 1
expect_soon 20 "its time disagrees: the bound holds both" state_is DISPUTED
expect "in a new epoch" test "$(lab_field .clock.epoch)" -gt "$epochs"
expect "the first is no source any more" test "$(lab_field \
	'[.sources[] | select(.name | startswith("ptp/"))] | length')" = 1
lab_judge_start disputed --seconds 30
sleep 3
expect_contained disputed "true time is inside all the while"
