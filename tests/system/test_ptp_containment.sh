#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every sample the ptp driver makes of a real ptp4l contains true time, which
# here is the kernel's CLOCK_REALTIME itself, whatever the wire does: jitter, a
# path that is slower one way by milliseconds, a ptp4l that starts anew.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
. "$(dirname "$0")/ptp_lab.sh"
lab_enter "$@"
need_ptp4l

ptp_wire 1
ptp_master 1
ptp_client 1
ptp_watch_start
gm='ptp/[0-9a-f]*\.fffe\.[0-9a-f]*'
expect_soon 20 "the driver finds the grandmaster" ptp_said "^source .* $gm"
expect_soon 10 "each Sync bounds from below" ptp_counted \
	"^sample $gm forward .* server 200 " 10
expect_soon 10 "each Delay_Req from above" ptp_counted \
	"^sample $gm backward" 10
expect_soon 10 "both together give the best guess" ptp_counted \
	"^sample $gm off" 10

ptp_order 1 "jitter 3000000"
ptp_mark
expect_soon 20 "it goes on over a wire with 3 ms of jitter" \
	ptp_counted "^sample" 40
ptp_order 1 "jitter 0"
ptp_order 1 "delay 5000000 0"
ptp_mark
expect_soon 20 "and over one that is 5 ms slower forward" \
	ptp_counted "^sample" 30
ptp_order 1 "delay 0 5000000"
ptp_mark
expect_soon 20 "or backward" ptp_counted "^sample" 30
ptp_order 1 "delay 0 0"

ptp_mark
ptp_stop "$ptp_client_pid"
expect_soon 5 "without ptp4l it says so" ptp_said "^health: no ptp4l at"
expect_soon 5 "and counts the source as unreachable" \
	ptp_said "reachable 0 .*: ptp4l does not answer"
ptp_mark
ptp_client_start
expect_soon 10 "a ptp4l that starts anew is found" ptp_said '^health: $'
expect_soon 20 "and measures" ptp_counted "^sample $gm off" 5
expect "it is the same source as before" test "$(ptp_count '^gone')" = 0
ptp_watch_end "no sample missed true time"

# Nor would it prove anything if the watcher could not say no: the declared
# asymmetry is false here.
ptp_order 1 "delay 5000000 0"
ptp_watch_start asymmetry=1000
expect_soon 20 "a false asymmetry makes samples that miss" \
	ptp_said "^MISS $gm off"
