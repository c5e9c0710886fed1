#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Debian's own ptp4l@.service with the drop-in that timed brings: timed, as _timed
# and without a capability, asks ptp4l and hears of each exchange, and without the
# drop-in does not; with the hardening example all goes on, and ptp4l may do little
# else. Two ptp4ls with software stamps: true time is CLOCK_REALTIME.
. /lab/units.sh

source_says() # JQ-CONDITION
{
	tt-status --format json | jq -e ".daemon.status.sources |
		any((.name | startswith(\"ptp\")) and ($1))" >/dev/null
}

says() # PATTERN: of the driver
{
	tt-status --format json | jq -r '.daemon.status.drivers[] |
		select(.name == "ptp").health' | grep -q "$1"
}

is_used()
{
	source_says '.verdict == "used"'
}

samples()
{
	tt-status --format json | jq '[.daemon.status.sources[].samples] | add'
}

# goes_on N: some more than N have been taken, and they are used.
goes_on()
{
	is_used && [ "$(samples)" -gt $(($1 + 8)) ]
}

socket_is() # WHAT
{
	[ "$(stat -c '%a %U %G' /run/ptp4l)" = "$1" ]
}

has_terms()
{
	source_says '.terms | any(.name == "delay" and .hi_ns > 0)'
}

exposure()
{
	systemd-analyze security ptp4l@eth0 --no-pager |
		sed -n 's/.*exposure level for ptp4l@eth0.*: \([0-9.]*\).*/\1/p'
}

of_ptp4l() # KEY
{
	sed -n "s/^$1:[[:space:]]*//p" \
		"/proc/$(property ptp4l@eth0 MainPID)/status"
}

restarted() # TIMES
{
	[ "$(property ptp4l@eth0 NRestarts)" = "$1" ] && is_active ptp4l@eth0
}

# Debian's configuration, with these lines more. Nobody sets a clock.
ptp4l_conf() # FILE LINE...
{
	local file=$1

	shift
	{
		sed '/^uds_address\|^time_stamping/d' \
			/etc/linuxptp/ptp4l.conf.debian
		printf '%s\n' "free_running 1" "time_stamping software" \
			"logSyncInterval -2" "logMinDelayReqInterval -2" \
			"logAnnounceInterval -1" "$@"
	} >"$file"
}

systemd-sysusers
systemd-tmpfiles --create
ip link set lo up
ip netns add master
ip link add eth0 type veth peer name srv netns master
ip address add 10.9.0.2/24 dev eth0
ip link set eth0 up
ip netns exec master ip address add 10.9.0.1/24 dev srv
ip netns exec master ip link set srv up
cp /etc/linuxptp/ptp4l.conf /etc/linuxptp/ptp4l.conf.debian
ptp4l_conf /tmp/master.conf "uds_address /run/master" "clockClass 6" \
	"clockAccuracy 0x21" "priority1 10"
ptp4l_conf /etc/linuxptp/ptp4l.conf "slaveOnly 1" \
	"slave_event_monitor /run/timed/ptp.sock"
systemd-run --quiet --unit=master --property=NetworkNamespacePath=/run/netns/master \
	ptp4l -f /tmp/master.conf -i srv
sed 's/^#@.*/#@	9000000000/' /usr/share/zoneinfo/leap-seconds.list >/etc/leap
mkdir -p /etc/timed/conf.d
cat >/etc/timed/conf.d/ptp.conf <<-CONF
	chrony = { enable = false; };
	leap_file = "/etc/leap";
	ptp = { device = "realtime"; arbitrary = "utc"; };
CONF

# As Debian has it: an empty file of that name is none.
mkdir -p /etc/systemd/system/ptp4l@.service.d
touch /etc/systemd/system/ptp4l@.service.d/timed.conf
systemctl daemon-reload
systemctl start ptp4l@eth0 timed
expect "ptp4l runs from Debian's unit" is_active ptp4l@eth0
expect_soon 10 "its socket is root's" socket_is "660 root root"
expect_soon 10 "to timed it is closed, as it says" \
	says "ptp4l's socket /var/run/ptp4l is closed to us"
before=$(exposure)

rm /etc/systemd/system/ptp4l@.service.d/timed.conf
systemctl daemon-reload
systemctl restart ptp4l@eth0
expect_soon 10 "with the drop-in that is installed it is timed's group's" \
	socket_is "660 root _timed"
expect_soon 30 "timed asks ptp4l, and uses what it hears" is_used
expect "it hears of the way back too, on the socket that it alone has" has_terms
expect "which is closed to all others" \
	test "$(stat -c '%a %U' /run/timed/ptp.sock)" = "600 _timed"
pid=$(property timed MainPID)
expect "all that as _timed, without a capability" test \
	"$(stat -c %U "/proc/$pid") $(sed -n 's/^CapEff:[[:space:]]*//p' \
	"/proc/$pid/status")" = "_timed 0000000000000000"
judge_start

install -m 644 -D /lab/ptp4l-hardening.conf \
	/etc/systemd/system/ptp4l@.service.d/hardening.conf
systemctl daemon-reload
systemctl restart ptp4l@eth0
expect_soon 10 "hardened, its socket is timed's group's" \
	socket_is "660 root _timed"
after=$(exposure)
expect "systemd's measure of its exposure falls, from $before to $after" \
	test "${after%.*}" -lt "${before%.*}"
expect "to 3.2 at the most" test "${after%.*}${after#*.}" -le 32
expect "it can gain no rights" test "$(of_ptp4l NoNewPrivs)" = 1
expect "its system calls are filtered" test "$(of_ptp4l Seccomp)" = 2
expect_soon 30 "timed uses what it hears" goes_on "$(samples)"
expect "it has no right but those it needs" test \
	"$(of_ptp4l CapBnd)" = "$(of_ptp4l CapEff)" -a \
	$((0x$(of_ptp4l CapBnd) & ~(1 << 1 | 1 << 10 | 1 << 12 | 1 << 13 | 1 << 25))) = 0
systemctl kill --signal=KILL ptp4l@eth0
expect_soon 10 "killed, ptp4l is started again" restarted 1
expect_soon 10 "its socket is timed's group's again" \
	socket_is "660 root _timed"
expect_soon 30 "and timed, which was there all the while, uses it" \
	goes_on "$(samples)"
expect "the same timed" test "$(property timed MainPID)" = "$pid"
systemctl restart timed
expect_soon 30 "timed started anew hears of each exchange, too" goes_on 0
expect "in full" has_terms
judge_end "true time was inside throughout"
