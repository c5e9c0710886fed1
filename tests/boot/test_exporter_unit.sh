#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tt-exporter's unit under a real systemd, beside timed's: its sandbox lets it
# read the segment and ask the daemon, serve on loopback, and do nothing else.
. /lab/units.sh

# get PATH: what it answers, without the head.
get()
{
	timeout 10 bash -c "exec 3<>/dev/tcp/127.0.0.1/10123
		printf 'GET $1 HTTP/1.0\r\n\r\n' >&3
		cat <&3" | sed '1,/^\r$/d'
}

metric_is() # NAME{LABELS} VALUE
{
	get /metrics | grep -qxF "$1 $2"
}

of_process() # KEY
{
	sed -n "s/^$1:[[:space:]]*//p" \
		"/proc/$(property tt-exporter MainPID)/status"
}

chrony_here
systemctl start tt-exporter
expect "it needs no timed to start" is_active tt-exporter
expect_soon 10 "and says that there is none" metric_is timed_up 0
systemctl start timed
expect_soon 30 "in its sandbox it reads the daemon's state" \
	metric_is 'timed_state{state="SYNCHRONIZED"}' 1
expect_soon 10 "and the segment, as any program" \
	metric_is 'timed_segment_state{state="SYNCHRONIZED"}' 1
expect "the half-width is there" grep -q '^timed_uncertainty_seconds 0.0' \
	<(get /metrics)
expect "the page is whole" grep -q '</html>' <(get /)
expect "it is nobody who was there before" test \
	"$(of_process Uid | cut -f1)" -ge 61184
expect "it has no capability" test "$(of_process CapEff)" = 0000000000000000
expect "nor can it gain any" test \
	"$(of_process CapBnd)$(of_process NoNewPrivs)" = 00000000000000001
expect "its system calls are filtered" test "$(of_process Seccomp)" = 2
systemctl stop timed
expect_soon 10 "timed is stopped: it says so" metric_is timed_up 0
expect "and goes on" is_active tt-exporter
pid=$(property tt-exporter MainPID)
kill -KILL "$pid"
started_again()
{
	[ "$(property tt-exporter NRestarts)" = 1 ] && is_active tt-exporter
}
expect_soon 10 "killed, it is started again" started_again
systemctl stop tt-exporter
expect "stopped, it ends well" test \
	"$(property tt-exporter Result)" = success
drop_in tt-exporter '[Service]' 'ExecStart=' \
	"ExecStart=$(command -v tt-exporter) --listen nowhere"
systemctl start tt-exporter
failed()
{
	[ "$(property tt-exporter ActiveState)" = failed ]
}
expect_soon 10 "a wrong command line is not tried again" failed
expect "and told" journal_has "'nowhere' is no address to listen at"
