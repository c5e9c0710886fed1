#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timed killed with -9 under readers that never rest, told to reload, told to
# stop: readers go on, and never read a wrong interval.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
lab_enter "$@"
need_chronyd

lab_server 1
lab_client 1
lab_timed_start
expect_soon 15 "it synchronises" status_exits 0
inode=$(stat -c %i "$lab_segment")
lab_judge_start all --seconds 120 --rate 0 --threads 3

for round in 1 2 3 4 5; do
	# At odd moments, to meet the writer in the middle of something.
	sleep "1.$((RANDOM % 1000))"
	kill -KILL "$lab_timed_pid"
	expect_soon 5 "killed ($round): tt-status exits 3" status_exits 3
	lab_timed_start
	expect_soon 15 "restarted ($round): exit 0" status_exits 0
done
expect "the segment is the same file" \
	test "$(stat -c %i "$lab_segment")" = "$inode"

kill -HUP "$lab_timed_pid"
expect_soon 5 "SIGHUP reloads" above .process.reloads 0
echo 'no such thing' >>"$LAB_DIR/timed.conf"
kill -HUP "$lab_timed_pid"
reload_refused()
{
	[ "$(lab_field .process.reload_error)" != null ]
}
expect_soon 5 "a broken file is refused" reload_refused
expect "and the daemon goes on as it was" status_exits 0
lab_timed_conf

kill -STOP "$lab_timed_pid"
expect_code 3 "timed stopped: it does not answer, tt-status says so" lab_status
kill -CONT "$lab_timed_pid"
expect_soon 10 "continued: exit 0" status_exits 0

kill -TERM "$lab_timed_pid"
gone()
{
	! kill -0 "$lab_timed_pid"
}
expect_soon 5 "SIGTERM ends it" gone
expect "its socket is gone" test ! -e "$lab_socket"
expect "the segment is still there" \
	test "$(stat -c %i "$lab_segment")" = "$inode"
sleep 1
expect_contained all "true time was inside at every read of three threads"
