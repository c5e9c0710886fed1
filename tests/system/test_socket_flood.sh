#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# 1,000 clients at the status and the control socket that say nothing, junk or half a
# line, never read, ask for the longest answers that there can be as fast as they can,
# or are gone as soon as they have come: timed's memory and descriptors are bounded, it
# goes on publishing (how regularly is measured, and told; test_loop has why), and
# afterwards all is as before. Where another user is to be had the status socket's are
# his, and others are answered meanwhile.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
lab_enter "$@"
need_chronyd

CLIENTS=500 # at each of the two
SECONDS_EACH=6
ORDER='{"schema_version":1,"action":"reload"}'

cadence()
{
	"$lab_build/tests/system/cadence" "$lab_segment" "$SECONDS_EACH"
}

# flood_start KINDS: at both sockets; its pid in $flood.
flood_start()
{
	# shellcheck disable=SC2086
	lab_spawn flood $other "$lab_build/tests/system/flood" \
		$((SECONDS_EACH + 3)) $CLIENTS "$1" "$lab_socket"
	flood=$lab_pid
	FLOOD_ASK="$ORDER"$'\n' lab_spawn flood "$lab_build/tests/system/flood" \
		$((SECONDS_EACH + 3)) $CLIENTS "$1" "$lab_control"
	sleep 1
}

memory_kb()
{
	sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$lab_timed_pid/status"
}

descriptors()
{
	find "/proc/$lab_timed_pid/fd" -type l | wc -l
}

most() # of samples on stdin
{
	sort -n | tail -n 1
}

lab_server 1
lab_client 1
"$lab_build/tests/system/fill_history" "$lab_segment.history"
lab_timed_start
expect_soon 15 "it synchronises" status_exits 0
lab_judge_start all --seconds 120
# What a document and a history cost once.
lab_status --history=hours >/dev/null
before_kb=$(memory_kb) before_fds=$(descriptors)
before=$(cadence)
echo "   alone:       $before, $before_kb kB, $before_fds descriptors"

other=
if [ "$LAB_MODE" = netns ]; then
	other="setpriv --reuid 65534 --regid 65534 --clear-groups"
	chmod 0755 "$LAB_DIR"
fi
flood_start silent,junk,half,deaf,greedy
(
	while kill -0 "$flood" 2>/dev/null; do
		status_exits 0 && answer=answered || answer=refused
		echo "$(memory_kb) $(descriptors) $answer"
		sleep 0.1
	done
) >"$LAB_DIR/usage" &
usage=$!
during=$(cadence)
wait "$usage"
during_kb=$(cut -d' ' -f1 "$LAB_DIR/usage" | most)
during_fds=$(cut -d' ' -f2 "$LAB_DIR/usage" | most)
echo "   in the flood: $during, $during_kb kB, $during_fds descriptors"
answered=$(grep -c answered "$LAB_DIR/usage") asked=$(wc -l <"$LAB_DIR/usage")
echo "   who asked amid it: $answered of $asked answered"
[ -z "$other" ] || expect "another user's flood shuts nobody out" \
	test $((answered * 2)) -gt "$asked"

each_kind_came()
{
	[ "$(grep -cE 'silent=[1-9].*junk=[1-9].*half=[1-9].*deaf=[1-9].*greedy' \
		"$LAB_DIR/flood.log")" = 2 ]
}
expect_soon 5 "each kind got through, at both" each_kind_came
sed 's/^/   /' "$LAB_DIR/flood.log"
# 16 clients a socket, each with a history of 400 kB at most.
expect "memory is bounded: $before_kb, $during_kb kB" \
	test "$during_kb" -le $((before_kb + 16384))
expect "descriptors are bounded: $before_fds, $during_fds" \
	test "$during_fds" -le $((before_fds + 2 * 16 + 2))
went_on() # CADENCE
{
	local publications=${1#publications=}

	expect "it went on publishing" test "${publications%% *}" -ge "$SECONDS_EACH"
}
went_on "$during"
for kind in greedy gone; do
	flood_start $kind
	during=$(cadence)
	echo "   all $kind: $during"
	went_on "$during"
	lab_until 10 lab_has_ended "$flood"
done
let_go()
{
	[ "$(descriptors)" -le "$before_fds" ]
}
expect_soon 10 "all are let go" let_go
expect_soon 5 "and whoever asks is answered" status_exits 0
expect "those who did not behave are counted" \
	test "$(lab_field .counters.status_refused)" -ge 100
expect "the control socket is served" \
	"$lab_build/tools/tt-ctl" --socket "$lab_control" reload
expect_contained all "true time was inside at every read"
