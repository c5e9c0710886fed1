#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# A stock NIC whose clock is broken (QEMU's e1000e: it gains a third or all of a
# second each second) is not taken for a source, and the reason is told; the
# bound that NTP gives stays as good as without it.
# clock: virtual
# limit: 150
# qemu: -netdev user,id=n0,restrict=on -device e1000e,netdev=n0,romfile=
. /lab/lab.sh

hardware
wandering_counter
for end in lab0a lab0b; do
	knob $end/delay_ns 50000
done
insmod /lab/e1000e.ko
ip link set eth0 up
ntp_server lab0
ntp_client
timed_start 'phc = { device = "eth0"; error_bound = "10us"; };'
expect_soon 30 "timed is synchronised" is_synchronized
judged begin 60 "true time is inside with a broken clock beside"
status | cat
expect "the clock says nothing" test "$(field '[.sources[] |
	select(.name == "eth0") | .verdict] | join(" ")')" = waiting
expect "and why is told" grep -q "cross-timestamps contradict each other" \
	/tmp/timed.log
expect "the bound is NTP's own" \
	between 1 "$(judge_value begin width_ns_median)" 300000
