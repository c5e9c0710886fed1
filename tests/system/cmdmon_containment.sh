#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every sample the chrony driver makes of a real chronyd contains true time,
# which here is the kernel's CLOCK_REALTIME itself: the server serves it, and
# nobody steers it. The client starts with a frequency that is 30 ppm wrong
# and an own clock that runs off, so that signs and rates show. Then chronyd is
# stopped, continued and restarted under the driver.
# usage: cmdmon_containment.sh CMDMON-WATCH
set -euo pipefail

# shellcheck source=tests/system/chronyd.sh
. "$(dirname "$0")/chronyd.sh"
watch=${1:?usage: cmdmon_containment.sh CMDMON-WATCH}

chronyd_need
cmdport=$((20000 + $$ % 20000))
ntpport=$((cmdport + 1))
client=("cmdport $cmdport"
	"server 127.0.0.1 port $ntpport minpoll -2 maxpoll 0"
	"server 127.0.0.2 port $ntpport minpoll -1 maxpoll 0 xleave"
	"server 127.0.0.3 port $ntpport minpoll 1 maxpoll 1")
chronyd_start server "port $ntpport" "local stratum 1" "allow 127.0.0.0/8"
mkdir -m 0700 "$(chronyd_dir client)"
echo "30.0 5.0" >"$(chronyd_dir client)/drift"
chronyd_start client "${client[@]}"
socket=$(chronyd_dir client)/chronyd.sock
log=$chronyd_tmp/watch

# expect TEXT: the driver says so within 10 s
expect()
{
	for _ in $(seq 50); do
		! tail -n +"$seen" "$log" | grep -q "$1" || return 0
		sleep 0.2
	done
	echo "not said: $1"
	tail -n 40 "$log"
	return 1
}
mark()
{
	seen=$(($(wc -l <"$log") + 1))
}

"$watch" "$cmdport" "$socket" 40 >"$log" 2>&1 &
watcher=$!
seen=1
expect '^sample 127.0.0.1'
expect '^sample 127.0.0.2'
expect '^sample 127.0.0.3'
sleep 4

mark
kill -STOP "${chronyd_pid[client]}"
expect '^health: .*does not answer'
expect '127.0.0.1 reachable 0 .*: chronyd does not answer'
! tail -n +"$((seen + 3))" "$log" | grep '^sample' || exit 1
mark
kill -CONT "${chronyd_pid[client]}"
expect '^health: $'
expect '^sample 127.0.0.3'

mark
chronyd_stop client
expect '^health: no chronyd'
mark
# other sources, other numbers, no Unix socket for ntpdata
chronyd_start client "cmdport $cmdport" \
	"server 127.0.0.3 port $ntpport minpoll -1 maxpoll 0" \
	"server 127.0.0.4 port $ntpport minpoll -1 maxpoll 0"
expect '^health: $'
expect '^sample 127.0.0.4'
expect '127.0.0.1 reachable 0 .*: chronyd has it no more'

wait "$watcher" && status=0 || status=$?
tail -n 1 "$log"
if [ $status -ne 0 ]; then
	grep MISS "$log" || tail -n 20 "$log"
	exit 1
fi
