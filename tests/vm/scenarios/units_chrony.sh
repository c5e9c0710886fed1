#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# timed beside a chronyd as Debian has it, by its unit, its settings, its filter of
# system calls and under its AppArmor profile, with timed's own enforced: they speak
# with each other over the sockets in /run/chrony, both ways. tt-skew's chronyd,
# which that profile is not for, runs beside them. True time is inside.
# clock: virtual
# init: systemd
# limit: 900
. /lab/units.sh

profile=/usr/sbin/chronyd

source_is_used() # CLASS
{
	field ".sources[] | select(.class == \"$1\") | .verdict" | grep -qx used
}

# "delay" is told of where chronyd answers ntpdata, on its own socket.
has_last_hop()
{
	field '[.sources[] | select(.class == "ntp").terms[] |
		select(.name == "delay" and .hi_ns > 0)] | length' | grep -qx 1
}

# chronyd follows what timed gives it.
is_followed()
{
	chronyc -n sources | grep -q '^#\* TIMD'
}

# offset_within NS: CLOCK_REALTIME from true time, over five seconds.
offset_within()
{
	offset=$(clock_judge 5 | sed -n 's/.* mean_ns=\([-+0-9]*\).*/\1/p')
	[ -n "$offset" ] && [ "${offset#[-+]}" -le "$1" ]
}

hardware pairs=2
wandering_counter
for end in lab0a lab0b; do
	knob $end/delay_ns 50000
	knob $end/queue_ns 20000
done
knob lab1b/phc/window_ns 1000
# Before the profile is there: the server's chronyd is not the machine's.
ntp_server lab0
expect "AppArmor takes timed's profile" enforce usr.sbin.timed timed
expect "and Debian's of chronyd" enforce usr.sbin.chronyd $profile

echo 'server 10.0.0.1 iburst minpoll 0 maxpoll 2 noselect' \
	>/etc/chrony/sources.d/lab.sources
echo 'refclock SOCK /run/chrony/timed.sock refid TIMD poll 0 filter 3 delay 0.0002' \
	>/etc/chrony/conf.d/timed.conf
mkdir -p /etc/timed
printf '%s\n' 'phc = { device = "lab1b"; scale = "tai"; error_bound = "100ns"; };' \
	'export = ( { type = "chrony"; error_max = "100us"; } );' \
	>/etc/timed/timed.conf
expect "chronyd starts by Debian's unit" systemctl start chrony
expect "confined" label_is "$(pid_of chrony)" "$profile (enforce)"
expect "our drop-in gives its directory to timed's group, too" \
	test "$(stat -c '%a %U %G' /run/chrony)" = "770 _chrony _timed"
expect "timed starts" systemctl start timed
expect "confined" label_is "$(pid_of timed)" "timed (enforce)"
expect_soon 30 "it uses what chronyd measures" source_is_used ntp
expect_soon 30 "chronyd tells it of the last hop, on its socket" has_last_hop
expect_soon 30 "chronyd follows what timed gives it, on a socket of its own" \
	is_followed
expect_soon 60 "by which it keeps CLOCK_REALTIME" offset_within 5000
expect "root can reach the server" within scenario "ping -c 1 10.0.0.1"
expect "in timed's unit not even root can" is_refused timed "ping -c 1 10.0.0.1"
expect "but this machine" within timed "ping -c 1 127.0.0.1"
judged beside 20 "true time is inside" 10
status | cat
chronyc -n sources

mkdir -p /etc/prometheus
echo '[ { "targets": ["127.0.0.1:10123"] } ]' >/etc/prometheus/fleet.json
echo 'TT_SKEW_OPTIONS="--fleet /etc/prometheus/fleet.json --poll 0"' \
	>/etc/default/tt-skew
expect "tt-skew's own chronyd starts" systemctl start tt-skew-chronyd
sleep 2
expect "and stays" is_active tt-skew-chronyd
expect "unconfined, as its unit has it" \
	label_is "$(pid_of tt-skew-chronyd)" unconfined
systemctl stop timed chrony tt-skew-chronyd
expect "neither profile refused anything" test "$(denials)" = ""
