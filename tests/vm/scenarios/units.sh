#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# The units as they are installed, under a real systemd that is the first process,
# on PTP clocks and a pulse, and under our AppArmor profile: timed has the devices
# it needs and no others, the rights it needs and no others, is refused nothing
# that it has a use for, and true time is inside.
# clock: virtual
# init: systemd
# limit: 900
. /lab/units.sh

# capabilities_are UNIT PERMITTED EFFECTIVE: of the inheritable, permitted,
# effective, bounding and ambient ones, as sums of 1 << CAP; the bounding set is
# the permitted one, and the others are empty.
capabilities_are()
{
	has=$(sed -n 's/^Cap...:[[:space:]]*//p' "/proc/$(pid_of "$1")/status")
	[ "$has" = "$(printf '%016x\n' 0 "$2" "$3" "$2" 0)" ] ||
		{ echo "$has"; false; }
}

has_open() # UNIT FILE
{
	for fd in "/proc/$(pid_of "$1")/fd/"*; do
		[ "$(readlink "$fd")" != "$2" ] || return 0
	done
	return 1
}

source_is_used() # CLASS
{
	field ".sources[] | select(.class == \"$1\") | .verdict" | grep -qx used
}

steering_is()
{
	[ "$(field .steering.state)" = "$1" ]
}

# offset_within NS: CLOCK_REALTIME from true time, over five seconds.
offset_within()
{
	offset=$(clock_judge 5 | sed -n 's/.* mean_ns=\([-+0-9]*\).*/\1/p')
	[ -n "$offset" ] && [ "${offset#[-+]}" -le "$1" ]
}

# timed's settings, with these besides.
configure()
{
	mkdir -p /etc/timed
	printf '%s\n' 'chrony = { enable = false; };' \
		'ptp = { device = "lab0b"; };' \
		'gnss = { pulse = "pps"; pps = "/dev/pps0"; latency_max = "15us"; };' \
		'history = { log = "/var/log/timed/history.log"; };' \
		"$@" >/etc/timed/timed.conf
}

# Debian's settings, but for a client that tells timed of every exchange, by frames
# of Ethernet; the stamps are the hardware's by default.
configure_ptp4l()
{
	sed -i -e 's/^\(network_transport\).*/\1 L2/' \
		-e 's/^\(slaveOnly\).*/\1 1/' \
		-e 's/^\(tx_timestamp_timeout\).*/\1 20/' \
		-e '$a slave_event_monitor /run/timed/ptp.sock' \
		/etc/linuxptp/ptp4l.conf
	grep -q '^time_stamping[[:space:]]*hardware' /etc/linuxptp/ptp4l.conf ||
		fail "Debian's ptp4l.conf is not for hardware stamps"
}

sys_time=$((1 << 25))
mkdir /srv

expect "systemd is the first process" test "$(cat /proc/1/comm)" = systemd
expect "and nothing of it failed" \
	test "$(systemctl list-units --failed --no-legend | wc -l)" = 0
expect "it made a user _timed" test "$(id -un _timed)" = _timed
expect "and the segment's directory" test \
	"$(stat -c '%a %U %G' /run/timed)" = "755 _timed _timed"
expect "AppArmor takes our profile" enforce usr.sbin.timed timed
# The hypervisor's device comes with its module; here another stands for it.
cat >/etc/systemd/system/modprobe@.service <<-UNIT
	[Service]
	Type=oneshot
	ExecStart=/bin/sh -c 'sleep 1; cp -a /dev/rtc0 /dev/vmclock0'
UNIT
systemctl daemon-reload
configure
expect "timed starts, before there is a clock" systemctl start timed
expect "but not before what tells of the hypervisor" \
	within timed ": </dev/vmclock0"
ptp_hardware
knob pulse/latency_ns 3000
expect "the kernel tells of PTP clocks and a pulse" udevadm settle
expect "which udev gives to the group _timed" are_timeds
phc=$(phc_of lab0b)

grandmaster
receiver
ip link set lab0b up
configure_ptp4l
put /lab/ptp4l-hardening.conf ptp4l@
expect "ptp4l starts by Debian's unit, with our drop-ins" \
	systemctl start ptp4l@lab0b
expect_soon 60 "timed takes its time from it" source_is_used ptp
expect_soon 60 "and from the pulse" source_is_used gnss
expect "ptp4l has its NIC's clock" has_open ptp4l@lab0b "$phc"
expect "so has timed" has_open timed "$phc"
expect "and the pulse" has_open timed /dev/pps0
expect "the profile is enforced" label_is "$(pid_of timed)" "timed (enforce)"
expect "and so it is for the writer of its history log" \
	label_is "$(pidof timed-log)" "timed (enforce)"
uid=$(id -u _timed)
expect "timed is _timed" test "$(of_process timed Uid)" = \
	"$(printf '%d\t%d\t%d\t%d' "$uid" "$uid" "$uid" "$uid")"
expect "without a capability" capabilities_are timed 0 0
expect "nor can it gain one" test "$(of_process timed NoNewPrivs)" = 1
expect "its system calls are filtered, by systemd and by itself" \
	test "$(of_process timed Seccomp_filters)" -gt 1
expect "as it says" test "$(field .process.sandbox)" = true
judged units 20 "true time is inside" 10
status | cat
expect "the width is that of hardware stamps" \
	between 1 "$(judge_value units width_ns_median)" 8000

expect "root can open the machine's memory" within scenario ": </dev/mem"
expect "in timed's unit not even root can" is_refused timed ": </dev/mem"
expect "nor the kernel's log" is_refused timed ": </dev/kmsg"
expect "but the PTP clock" within timed ": <>$phc"
expect "and the pulse" within timed ": <>/dev/pps0"
expect "in ptp4l's unit the clock" within ptp4l@lab0b ": <>$phc"
expect "and not the pulse" is_refused ptp4l@lab0b ": </dev/pps0"

expect "no word of the profile stood in its way" test "$(denials)" = ""
cp /etc/timed/timed.conf /srv/timed.conf
cp /usr/sbin/timed /tmp/timed
expect "unconfined, it can read its configuration elsewhere" \
	/tmp/timed --check-config -f /srv/timed.conf
expect "confined, it reads it where it belongs" timed --check-config
timed --check-config -f /srv/timed.conf >/tmp/elsewhere.log 2>&1
expect "and nowhere else" test $? -ne 0
expect "as it says" grep -q "Permission denied" /tmp/elsewhere.log
expect "and the kernel's log" test "$(denials | grep -c '"/srv/timed.conf"')" = 1

expect "who waits for a bound has one" systemctl start timed-wait
configure 'discipline = "steer";'
tt-ctl reload >/tmp/reload.log 2>&1
expect "without the drop-in timed does not steer" test $? = 2
put /usr/share/doc/timed/steer.conf timed
expect "with it it starts" systemctl restart timed
expect "still confined" label_is "$(pid_of timed)" "timed (enforce)"
expect "with the right to set the clock, which is at rest, and no other" \
	capabilities_are timed $sys_time 0
judge_start steered --rate 3
expect_soon 60 "it steers" steering_is steering
expect_soon 60 "CLOCK_REALTIME comes to true time" offset_within 2000

# The machine goes to sleep: a script stands in for the kernel.
cat >/tmp/asleep <<-'SCRIPT'
	#!/bin/sh
	tt-status --format json |
		jq -r '"\(.segment.state // "none") \(.daemon.status.clock.state)"' \
		>/tmp/asleep.state
SCRIPT
chmod 755 /tmp/asleep
drop_in systemd-suspend '[Service]' ExecStart= ExecStart=/tmp/asleep
systemctl enable --quiet timed-sleep
expect "the machine sleeps" systemctl start suspend.target
expect "with no bound" \
	grep -qx "none UNSYNCHRONIZED" /tmp/asleep.state
expect_soon 60 "it wakes, and has one again" is_synchronized
expect_soon 60 "and steers" steering_is steering
start phc2sys phc2sys -s lab0b -O -37 -m
expect_soon 20 "it notices who else does" steering_is yielded
expect "and knows its name" test "$(field .steering.others | cut -d' ' -f1)" = phc2sys
stop phc2sys
judge_end steered "true time is inside"
expect "timed ends when it is told to" systemctl stop timed
expect "and well" test "$(property timed Result)" = success
expect "its drift file is there for the next one" \
	test "$(stat -c '%U' /var/lib/timed/drift)" = _timed
expect "the profile refused it nothing else in all that time" \
	test "$(denials | wc -l)" = 1
