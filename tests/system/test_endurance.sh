#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What timed takes in steady state, on four servers at a publication each 100 ms:
# nothing is allocated, no descriptor is opened, and it is small. What it costs of a
# processor is measured, and told.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
lab_enter "$@"
need_chronyd

WATCH_S=12
RSS_KB_MAX=8192

allocations()
{
	od -A n -t u8 -N 8 "$LAB_DIR/allocations" | tr -d ' '
}

memory_kb()
{
	sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$lab_timed_pid/status"
}

# The least of a few looks: a file may be open for the moment that reading it takes.
descriptors()
{
	for _ in 1 2 3 4 5 6 7 8; do
		find "/proc/$lab_timed_pid/fd" -type l | wc -l
		sleep 0.03
	done | sort -n | head -n 1
}

cpu_ns()
{
	cut -d' ' -f1 "/proc/$lab_timed_pid/schedstat"
}

for k in 1 2 3 4; do
	lab_server $k
done
LAB_POLL=0 lab_client 1 2 3 4
export ALLOC_COUNT=$LAB_DIR/allocations
lab_timed_conf
LD_PRELOAD=$lab_build/tests/system/libcount_alloc.so lab_timed_start
unset ALLOC_COUNT
all_are_used()
{
	[ "$(lab_field '[.sources[] | select(.verdict == "used")] | length')" = 4 ]
}
expect_soon 20 "four servers are used" all_are_used
lab_judge_start all --seconds 60
sleep 2 # the answers to the questions above
allocated=$(allocations) fds=$(descriptors) from_ns=$(cpu_ns) kb=$(memory_kb)
expect "its allocations are counted" test "$allocated" -gt 100
cadence=$("$lab_build/tests/system/cadence" "$lab_segment" "$WATCH_S")
to_ns=$(cpu_ns)
more=$(($(allocations) - allocated))
echo "   $cadence"
awk -v ns=$((to_ns - from_ns)) -v s="$WATCH_S" -v kb="$kb" 'BEGIN {
	printf "   %.2f %% of one core, %d kB\n", ns / s / 1e7, kb }'
expect "nothing is allocated in steady state: $more" test "$more" -eq 0
expect "no descriptor is left open" test "$(descriptors)" -eq "$fds"
expect "it is no larger than before" test "$(memory_kb)" -le $((kb + 64))
expect "it is below $RSS_KB_MAX kB: $kb" test "$kb" -lt $RSS_KB_MAX
lab_status >/dev/null
expect "that count would have seen a status document" \
	test "$(allocations)" -gt $((allocated + 100))
expect_contained all "true time was inside at every read"
