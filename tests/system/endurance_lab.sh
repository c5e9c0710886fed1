# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What timed takes: its allocations, counted by libcount_alloc.so, its memory, its
# descriptors and its processor time. Source lab.sh and expect.sh first.

# What is to be preloaded, and where it counts.
endurance_preload=$lab_build/tests/system/libcount_alloc.so
export ALLOC_COUNT=$LAB_DIR/allocations

# Words of struct account (count_alloc.c).
account_word() # INDEX
{
	od -A n -t u8 -j $((8 * $1)) -N 8 "$ALLOC_COUNT" | tr -d ' '
}

allocations()
{
	account_word 0
}

# What is allocated now.
held_blocks()
{
	account_word 1
}

held_bytes()
{
	account_word 2
}

# endurance_mark; endurance_callers: who has allocated since.
endurance_mark()
{
	cp "$ALLOC_COUNT" "$LAB_DIR/allocations.before"
}

endurance_callers()
{
	cp "$ALLOC_COUNT" "$LAB_DIR/allocations.after"
	"$lab_here/alloc_callers.py" "$LAB_DIR/allocations.before" \
		"$LAB_DIR/allocations.after" "$lab_timed_pid"
}

memory_kb()
{
	sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$lab_timed_pid/status"
}

# Of it, what is no file's: pages of a file come and go with the machine's need.
own_kb()
{
	sed -n 's/^RssAnon:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$lab_timed_pid/status"
}

# The least of a few looks: a file may be open for the moment that reading it takes.
descriptors()
{
	for _ in 1 2 3 4 5 6 7 8; do
		find "/proc/$lab_timed_pid/fd" -type l | wc -l
		sleep 0.03
	done | sort -n | head -n 1
}

# chronyd's Unix socket is given up for some seconds where chronyd is late: without it
# is no count to compare with.
has_descriptors() # COUNT
{
	[ -S "$LAB_DIR/client/timed.$lab_timed_pid.sock" ] &&
		[ "$(descriptors)" -eq "$1" ]
}

cpu_ns()
{
	cut -d' ' -f1 "/proc/$lab_timed_pid/schedstat"
}

# endurance_watch SECONDS: it publishes for so long, and nothing is allocated
# meanwhile. How regularly, and what it costs, is told.
endurance_watch()
{
	local s=$1 from from_ns fds kb own cadence more publications

	expect_soon 15 "chronyd's socket is open" \
		test -S "$LAB_DIR/client/timed.$lab_timed_pid.sock"
	fds=$(descriptors) own=$(own_kb) from_ns=$(cpu_ns) kb=$(memory_kb)
	endurance_mark
	from=$(allocations)
	expect "its allocations are counted" test "$from" -gt 100
	cadence=$("$lab_build/tests/system/cadence" "$lab_segment" "$s")
	more=$(($(allocations) - from))
	publications=${cadence#publications=}
	echo "   $cadence"
	awk -v ns=$(($(cpu_ns) - from_ns)) -v s="$s" -v kb="$kb" \
		-v n="${publications%% *}" 'BEGIN {
		printf "   %.2f %% of one core, %.0f us a publication, %d kB\n",
			ns / s / 1e7, ns / n / 1e3, kb }'
	[ "$more" -eq 0 ] || endurance_callers
	expect "nothing is allocated in steady state: $more" test "$more" -eq 0
	expect "it is no larger than before" test "$(own_kb)" -le $((own + 64))
	expect "it is below $RSS_KB_MAX kB: $kb" test "$kb" -lt "$RSS_KB_MAX"
	lab_status >/dev/null
	expect "that count would have seen a status document" \
		test "$(allocations)" -gt $((from + 100))
	expect_soon 20 "no descriptor is left open" has_descriptors "$fds"
}

RSS_KB_MAX=8192
