#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A lone server that is 5 ms off from the start cannot be found out by anyone:
# axioms A3 and A6 say it is right, and nobody is there to contradict it. The
# interval contains the *server's* time, throughout, and the page says that it
# rests on a single source.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
lab_enter "$@"
need_chronyd

lab_liar 1 --offset-ns 5000000
lab_client 1
lab_timed_start
expect_soon 15 "it synchronises" status_exits 0
lab_judge_start server --seconds 60 --truth-offset-ns 5000000
sleep 10
expect_contained server "the server's time was inside at every read"
expect "it is said to rest on a single source" \
	test "$(lab_field '.clock.flags | index("SINGLE_SOURCE") != null')" = true
