#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a grandmaster says of itself counts at once: its class, its timescale;
# another one is another source; another domain is not ours.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
. "$(dirname "$0")/ptp_lab.sh"
lab_enter "$@"
need_ptp4l

# The identity of master K, in $gm_K.
learn_identity()
{
	eval "gm_$1=\$(ptp_value master$1 DEFAULT_DATA_SET clockIdentity)"
	[ -n "$(eval "echo \$gm_$1")" ]
}

ptp_wire 1
ptp_wire 2
ptp_master 1 "priority1 20"
ptp_client "1 2"
ptp_watch_start
lab_until 5 learn_identity 1
expect_soon 20 "of two ports the one that follows is found" \
	ptp_counted "^sample ptp/$gm_1 off" 3

ptp_mark
ptp_settings 1 6 0x23 0
expect_soon 10 "a worse accuracy is taken, twice" \
	ptp_said "^sample .* server 2000 "
ptp_mark
ptp_settings 1 7 0x23 0
expect_soon 10 "in class 7 it grows from its last good moment" \
	ptp_said "^sample .* server [3-9][0-9][0-9][0-9] "
ptp_settings 1 248 0xfe 0
expect_soon 10 "free of its reference it is refused, and that is said" \
	ptp_said "reachable 0 .*: clockClass 248: not locked to a reference"
ptp_mark
sleep 1
expect "no sample is made of it" test "$(ptp_count '^sample')" = 0
ptp_settings 1 6 0x21 0
expect_soon 10 "locked again it is taken" ptp_said "^sample .* server 200 "

# A second one that is preferred: the first is gone when it has a say.
ptp_mark
ptp_master 2
lab_until 5 learn_identity 2
expect_soon 20 "a grandmaster that is preferred is another source" \
	ptp_said "^source .* ptp/$gm_2 reachable 1"
expect "the one before is gone" ptp_said "^gone .* ptp/$gm_1"
expect_soon 10 "and it measures" \
	ptp_counted "^sample ptp/$gm_2 off" 3
ptp_mark
ptp_stop "$ptp_master_2"
expect_soon 20 "without it the first is back" \
	ptp_counted "^sample ptp/$gm_1 off" 3
ptp_watch_end "no sample missed true time"

# Without a declaration nobody knows what an arbitrary timescale means.
ptp_watch_start refuse=1
expect_soon 10 "an arbitrary timescale is refused, and that is said" \
	ptp_said "reachable 0 .*: its timescale is arbitrary"
kill -TERM "$ptp_watch_pid"
lab_until 5 lab_has_ended "$ptp_watch_pid"

# 37 s of error are one assumption away: this one says that its UTC is TAI.
ptp_watch_start
ptp_settings 1 6 0x21 1
expect_soon 20 "one that lies about its timescale is found out by the watcher" \
	ptp_said "^MISS"
kill -TERM "$ptp_watch_pid"
lab_until 5 lab_has_ended "$ptp_watch_pid"
ptp_settings 1 6 0x21 0

ptp_watch_start
expect_soon 20 "it measures" ptp_counted "^sample [^ ]* off" 3
ptp_stop "$ptp_client_pid"
ptp_mark
ptp_client "1 2" "domainNumber 5"
expect_soon 20 "in another domain it does not answer us" \
	ptp_said "^health: .* does not answer in domain 0"
