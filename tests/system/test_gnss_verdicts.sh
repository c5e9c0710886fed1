#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What may be wrong with a receiver is told on its source, and true time stays
# within the bound through all of it. A server beside it knows better.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
lab_enter "$@"
. "$(dirname "$0")/gnss_lab.sh"
need_chronyd
need_gpsd

# gnss_fault WORDS CLAIM PATTERN: with this fault it says so, and without it is
# good again.
gnss_fault()
{
	gnss_order "$1"
	expect_soon 40 "$2: it says so" gnss_notes "$3"
	gnss_order
	expect_soon 40 "and is good again without" gnss_is .note null
}

lab_server 1
lab_client 1
gnss_receiver
gnss_gpsd
gnss_timed
expect_soon 40 "it is synchronised" state_is SYNCHRONIZED
expect_soon 30 "and the receiver is used" gnss_is .verdict used
lab_judge_start all --seconds 600

gnss_fault "fix 0" "no fix" "^no fix"
gnss_fault "quality 6" "dead reckoning" "^no fix"
gnss_fault "fix 2" "a fix of two dimensions" "^2D fix only"
gnss_fault "frozen" "a time that stands still" "^its time stands still"
gnss_fault "silent" "silence" "^gpsd reports nothing of it\|^no fix"
gnss_fault "shift -60" "a time that goes back" "^its time went back by 60"
expect "what it gave is no falsehood so far" gnss_is .verdict used

# Off by one second: it cannot be told who is right, and that is published.
gnss_order "shift 3"
expect_soon 40 "three seconds ahead, it is at odds with the server" \
	state_is DISPUTED
gnss_order
expect_soon 60 "and agrees again" state_is SYNCHRONIZED
expect_contained all "true time was inside at every read"
