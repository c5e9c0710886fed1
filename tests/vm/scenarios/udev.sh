#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# Without timed.rules a real udevd leaves devices root's alone; with them timed,
# as _timed and without any capability, takes its time from a PTP clock and a
# pulse, and true time is inside.
# clock: virtual
# limit: 300
. /lab/lab.sh

are_root_only()
{
	[ "$(rights)" = "600 root root" ]
}

udev_trigger()
{
	udevadm trigger --action="$1" --subsystem-match=ptp \
		--subsystem-match=pps && udevadm settle
}

take_back()
{
	chown root:root /dev/ptp* /dev/pps*
	chmod 0600 /dev/ptp* /dev/pps*
}

reason_is()
{
	field '.drivers[0].health // ""' | grep -q "$1"
}

has_no_capability()
{
	# inheritable, permitted, effective, bounding, ambient
	[ "$(grep -c '^Cap...:.0000000000000000$' \
		"/proc/$pid_timed/status")" = 5 ]
}

pulse_counts()
{
	field '.sources[] | select(.class == "gnss") | .verdict' |
		grep -qx used
}

mkdir -p /run/timed /var/lib/timed
chown _timed:_timed /run/timed /var/lib/timed
timed_by="/usr/bin/setpriv --reuid=_timed --regid=_timed --init-groups
	--bounding-set=-all --inh-caps=-all --no-new-privs"
rules=/lib/udev/rules.d/60-timed.rules
phc='phc = { device = "lab0b"; scale = "tai"; error_bound = "100ns"; };'
gnss='gnss = { pulse = "pps"; pps = "/dev/pps0"; latency_max = "15us"; };'

hardware
wandering_counter
knob lab0b/phc/window_ns 1000
mv "$rules" /tmp
start udevd systemd-udevd
expect_soon 10 "udevd runs" udevadm control --ping
expect "a coldplug without our rules" udev_trigger add
expect "leaves the devices root's alone" are_root_only
timed_start "$ptp_alone" "$phc"
expect_soon 10 "timed, as _timed, cannot open one, and says so" \
	reason_is "Permission denied"
expect "and has no bound" state_is UNSYNCHRONIZED
stop timed

mv /tmp/60-timed.rules "$rules"
expect "the rules are installed" udevadm control --reload
expect "and a change told of, as the package's installation does" \
	udev_trigger change
ls -l /dev/ptp* /dev/pps*
expect "which gives the devices to the group _timed" are_timeds
take_back
expect "a coldplug with them" udev_trigger add
expect "does, too" are_timeds
rmmod ttlab
hardware
expect "and so does the kernel's own word" udevadm settle
expect "of new ones" are_timeds
expect "udevd has no complaint of the rules" \
	test "$(grep -c 60-timed /tmp/udevd.log)" = 0

wandering_counter
knob lab0b/phc/window_ns 1000
knob pulse/latency_ns 3000
receiver
timed_start "$ptp_alone" "$phc" "$gnss"
expect_soon 10 "timed, as _timed, is synchronised" is_synchronized
expect "it is nobody else" test "$(stat -c %U "/proc/$pid_timed")" = _timed
expect "without a capability" has_no_capability
expect_soon 60 "the pulse counts, too" pulse_counts
judged udev 60 "true time is inside" 10
status | cat
expect "the width is of a clock's reading" \
	between 1 "$(judge_value udev width_ns_median)" 6000
