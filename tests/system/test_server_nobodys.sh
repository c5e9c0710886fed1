#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Servers that say themselves that their time is nobody's, and claim a root
# distance of nothing all the same: a chronyd that is left to its own clock
# (`local stratum 10`), and one that smooths its time (`smoothtime`). Both are told
# of and not believed: when their clocks go 20 ms off, together, the one that is
# left says what is true.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
lab_enter "$@"
need_chronyd
chronyc=${lab_chronyd%sbin/chronyd}bin/chronyc
[ -x "$chronyc" ] || skip "no chronyc beside $lab_chronyd"
[ "$(id -u)" -eq 0 ] || skip "not root: chronyd's Unix sockets are closed"

server_with() # K LINE...
{
	local k=$1

	shift
	lab_net "$k"
	{
		lab_chronyd_common "server$k"
		cat <<-CONF
			allow all
			bindaddress $(lab_address "$k")
			port $lab_port
			cmdport 0
		CONF
		printf '%s\n' "$@"
	} >"$LAB_DIR/server$k.conf"
	lab_chronyd_at "$k" "server$k"
}

order() # K WORD...
{
	local k=$1

	shift
	"$chronyc" -h "$LAB_DIR/server$k/chronyd.sock" "$@" >/dev/null
}

notes() # K PATTERN
{
	lab_field ".sources[] | select(.name == \"$(lab_address "$1")\") |
		.note" | grep -q "$2"
}

server_with 1 "local stratum 10"
server_with 2 "local stratum 1" "smoothtime 50000 10000"
lab_server 3
lab_client 1 2 3
lab_timed_start
expect_soon 15 "it synchronises" status_exits 0
lab_judge_start all --seconds 120
expect_soon 10 "one server is left to itself" notes 1 "follows nobody"
expect "which counts as unreachable" test \
	"$(lab_field ".sources[] | select(.name == \"$(lab_address 1)\") |
		.reachable")" = false
expect_soon 10 "one that smooths nothing yet is believed" notes 2 null

expect "one begins to smooth its time" order 2 smoothtime activate
expect "and its clock goes off" order 2 doffset 0.02
expect "so does the other's" order 1 doffset 0.02
expect_soon 10 "it is told" notes 2 "smooths its time"
sleep 5
expect_contained all "true time was inside at every read"
expect "and nothing was found broken" \
	test "$(lab_field .counters.bound_violations)" = 0
