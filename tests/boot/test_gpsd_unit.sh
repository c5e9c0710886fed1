#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The hardening drop-in on Debian's own gpsd.service: gpsd opens its receiver,
# gives up root, and tells the time as before.
. /lab/units.sh

hears() # CLASS
{
	timeout 5 bash -c "exec 3<>/dev/tcp/127.0.0.1/2947
		echo '?WATCH={\"enable\":true,\"json\":true};' >&3
		grep -m 1 '\"class\":\"$1\"' <&3"
}

exposure()
{
	systemd-analyze security gpsd --no-pager |
		sed -n 's/.*exposure level for gpsd.service: \([0-9.]*\).*/\1/p'
}

ip link set lo up
cat >/etc/default/gpsd <<-CONF
	DEVICES="udp://127.0.0.1:2948"
	GPSD_OPTIONS="-n"
CONF
systemctl start gpsd.socket
touch /tmp/orders
systemd-run --quiet --unit=receiver /lab/nmea-source 2948 /tmp/orders
systemctl start gpsd
expect "gpsd runs from Debian's unit" is_active gpsd
expect_soon 15 "and tells the time" hears TPV
before=$(exposure)
install -m 644 -D /lab/gpsd-hardening.conf \
	/etc/systemd/system/gpsd.service.d/hardening.conf
systemctl daemon-reload
systemctl restart gpsd
expect "it runs with the drop-in" is_active gpsd
expect_soon 15 "and tells the time as before" hears TPV
pid=$(property gpsd MainPID)
expect "without root" \
	test "$(sed -n 's/^CapEff:[[:space:]]*//p' "/proc/$pid/status")" = \
	0000000000000000
expect "in a sandbox of system calls" grep -q "^Seccomp:.*2" "/proc/$pid/status"
after=$(exposure)
expect "systemd's measure of exposure falls, from $before to $after" \
	test "${after%.*}" -lt "${before%.*}"
expect "to 3 at the most" test "${after%.*}${after#*.}" -le 30
