#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Of three servers one lies by 5 ms: axiom A3 holds (one of three), so the
# interval contains true time throughout and the liar is named.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
lab_enter "$@"
need_chronyd

lab_server 1
lab_liar 2
lab_liar 3 --offset-ns 5000000
lab_client 1 2 3
lab_judge_start all --seconds 60
lab_timed_start
expect_soon 20 "it synchronises" status_exits 0

verdict_of() # server K
{
	lab_field ".sources[] | select(.name == \"$(lab_address "$1")\").verdict"
}
liar_is_named()
{
	[ "$(verdict_of 3)" = falseticker ]
}
expect_soon 15 "the liar is a falseticker" liar_is_named
sleep 10
lab_status
expect_contained all "true time was inside at every read, from the first"
expect "the honest ones are used" \
	test "$(verdict_of 1) $(verdict_of 2)" = "used used"
expect "the liar still is a falseticker" test "$(verdict_of 3)" = falseticker
expect "it does not rest on a single source" \
	test "$(lab_field '.clock.flags | index("SINGLE_SOURCE")')" = null
expect "tt-status exits 0" status_exits 0
