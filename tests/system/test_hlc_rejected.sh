#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Clients that are sent times beyond their latest tell the daemon: it shows and
# logs them with their sender, refuses junk, and goes on as before.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
lab_enter "$@"
need_chronyd

lab_server 1
lab_client 1
lab_timed_start
expect_soon 20 "it synchronises" status_exits 0
remote=$lab_build/tests/system/hlc_remote

expect "nobody has told it anything" \
	test "$(lab_field '.hlc | "\(.listening) \(.reports) \(.last_pid)"')" = \
	"true 0 null"
expect "fifty remotes an hour ahead are rejected" "$remote" 50 3600000000000
told()
{
	[ "$(lab_field .hlc.reports)" = "$1" ]
}
expect_soon 5 "one report of it was heard" told 1
expect "it names this user" test "$(lab_field .hlc.last_uid)" = "$(id -u)"
expect "it says an hour" test "$(lab_field '.hlc.last_excess_ns / 1e9 | round')" = 3600
expect "the daemon logs it" \
	grep -q 'beyond its latest' "$LAB_DIR/timed.log"
lab_status | tr -s ' \n' ' ' >"$LAB_DIR/page"
expect "tt-status warns" \
	grep -q 'clients say that they rejected times beyond their latest: 1,' "$LAB_DIR/page"
expect "whoever has met nothing tells nothing" "$remote" 0 1
expect "another client" "$remote" 1 1000000000
expect_soon 5 "two reports" told 2
expect "the worst is kept" \
	test "$(lab_field '.hlc.excess_ns_max / 1e9 | round')" = 3600

# Junk, as fast as it can be sent, by somebody who waits for nothing.
python3 - "$LAB_DIR/report.sock" <<'END'
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.setblocking(False)
for i in range(20000):
    try:
        s.sendto(os.urandom(i % 100), sys.argv[1])
    except BlockingIOError:
        pass
END
expect "junk is refused" above .hlc.reports_refused 0
expect "it makes no reports" told 2
expect "tt-status exits 0" status_exits 0
lab_stop TERM "$lab_timed_pid"
expect "it takes its socket along" test ! -e "$LAB_DIR/report.sock"
expect "a client without a daemon goes on" "$remote" 3 1000000000
