#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tt-skew's units under a real systemd: the private chronyd runs in its sandbox
# beside the machine's own, serves and probes, and the agent reads it.
. /lab/units.sh

# get PATH: what the agent answers, without the head.
get()
{
	timeout 10 bash -c "exec 3<>/dev/tcp/127.0.0.1/10124
		printf 'GET $1 HTTP/1.0\r\n\r\n' >&3
		cat <&3" | sed '1,/^\r$/d'
}

metric_is() # NAME{LABELS} VALUE
{
	get /metrics | grep -qxF "$1 $2"
}

of_process() # UNIT KEY
{
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$(property "$1" MainPID)/status"
}

chrony_here
systemd-sysusers
expect "there is a user for it" id -u _tt-skew
# This node, one that has a clock but no exporter, and one who is not there.
systemd-run --quiet --unit=peer /lab/ntpserver --bind 127.0.0.2 --port 11999
mkdir -p /etc/prometheus
cat >/etc/prometheus/fleet.json <<-JSON
	[ { "targets": ["127.0.0.1:10123", "127.0.0.3:10123"] },
	  { "targets": ["127.0.0.2:10123"],
	    "labels": { "__skew_ntp_port": "11999" } } ]
JSON
echo 'TT_SKEW_OPTIONS="--fleet /etc/prometheus/fleet.json --poll 0"' \
	>/etc/default/tt-skew
systemctl start timed tt-exporter tt-skew
expect "the agent runs" is_active tt-skew
expect "and has brought its chronyd" is_active tt-skew-chronyd
expect "the machine's own goes on beside it" is_active chrony
expect_soon 20 "it answers to the agent" metric_is tt_skew_chronyd_up 1
expect "which has found itself in the fleet" metric_is tt_skew_is_member 1
has_edge()
{
	get /metrics | grep -q \
		'^tt_skew_edge_offset_seconds{from="127.0.0.1:10123",to="127.0.0.2:10123"} '
}
expect_soon 30 "it probes" has_edge
expect "with the kernel's stamps" metric_is \
	'tt_skew_edge_info{from="127.0.0.1:10123",to="127.0.0.2:10123",kind="hard",stamping="kernel",interleaved="false"}' 1
expect "without its exporter, nothing is said of the peer's bound" metric_is \
	'tt_skew_checks_total{result="violated"}' 0
for unit in tt-skew tt-skew-chronyd; do
	expect "$unit is nobody's user but its own" test \
		"$(of_process $unit Uid | cut -f1)" = "$(id -u _tt-skew)"
	expect "has no capability" test \
		"$(of_process $unit CapEff)" = 0000000000000000
	expect "nor can it gain any" test \
		"$(of_process $unit CapBnd)$(of_process $unit NoNewPrivs)" = \
		00000000000000001
	expect "its system calls are filtered" test \
		"$(of_process $unit Seccomp)" = 2
done
expect "their directory is closed" test \
	"$(stat -c '%a %U' /run/tt-skew)" = "700 _tt-skew"
systemctl stop tt-skew-chronyd
systemctl start tt-skew
expect_soon 20 "both begin again" metric_is tt_skew_chronyd_up 1
echo 'TT_SKEW_OPTIONS="--fleet /etc/prometheus/fleet.json --poll 9"' \
	>/etc/default/tt-skew
systemctl restart tt-skew
failed()
{
	[ "$(property tt-skew ActiveState)" = failed ]
}
expect_soon 10 "a wrong command line is not tried again" failed
expect "and told" journal_has "poll is -2 to 5, not '9'"
