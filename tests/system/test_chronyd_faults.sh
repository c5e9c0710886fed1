#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# chronyd absent at the start, killed, restarted, stopped, and replaced by
# garbage: timed says what it sees, keeps an honest interval, and recovers.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
lab_enter "$@"
need_chronyd

lab_server 1
lab_timed_start
expect_soon 5 "without chronyd tt-status exits 2: no bound" status_exits 2
expect "and says what is missing" \
	test "$(lab_field '.drivers[0].healthy')" = false

lab_client 1
expect_soon 15 "chronyd starts, and it synchronises" status_exits 0
lab_judge_start all --seconds 120
sleep 3

kill -KILL "$lab_client_pid"
expect_soon 20 "chronyd killed: HOLDOVER, exit 1" status_exits 1
expect "the state has its name" state_is HOLDOVER
lab_client_start
expect_soon 20 "chronyd restarted: exit 0" status_exits 0

kill -STOP "$lab_client_pid"
expect_soon 20 "chronyd stopped: exit 1" status_exits 1
sleep 2
kill -CONT "$lab_client_pid"
expect_soon 20 "chronyd continued: exit 0" status_exits 0

kill -KILL "$lab_client_pid"
rm -f "$LAB_DIR/client/chronyd.sock"
lab_spawn garbage-udp "$lab_build/tests/system/garbage" udp "$lab_cmdport"
garbage_udp=$lab_pid
lab_spawn garbage-unix "$lab_build/tests/system/garbage" \
	unix "$LAB_DIR/client/chronyd.sock"
garbage_unix=$lab_pid
expect_soon 20 "garbage in its place: exit 1" status_exits 1
sleep 3
expect "timed lives" kill -0 "$lab_timed_pid"
expect "and holds over" state_is HOLDOVER
kill -KILL "$garbage_udp" "$garbage_unix"
rm -f "$LAB_DIR/client/chronyd.sock"
lab_client_start
expect_soon 20 "chronyd is back: exit 0" status_exits 0
sleep 2
expect_contained all "true time was inside at every read through all of this"
expect "no read went without an answer" \
	test "$(lab_judge_value all reads)" = "$(lab_judge_value all answers)"
