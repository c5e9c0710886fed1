#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What timed takes on sources of all kinds at once: two servers (chronyd), a grandmaster
# (ptp4l), and a receiver with a pulse (gpsd). In steady state nothing is allocated, and
# it is small; while the engines die and come again it grows in nothing.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
. "$(dirname "$0")/ptp_lab.sh"
lab_enter "$@"
. "$(dirname "$0")/gnss_lab.sh"
. "$(dirname "$0")/endurance_lab.sh"
need_chronyd
need_ptp4l
need_gpsd

WATCH_S=10
ROUNDS=3

# The machine's own table may have expired, and this is no test of that.
sed 's/^#@.*/#@	9000000000/' /usr/share/zoneinfo/leap-seconds.list \
	>"$LAB_DIR/leap" || skip "no leap second table (tzdata)"

all_are_used()
{
	[ "$(lab_field '[.sources[] | select(.verdict == "used") | .class] |
		sort | join(" ")')" = "gnss ntp ntp ptp" ]
}

lab_server 1
lab_server 2
LAB_POLL=0 lab_client 1 2
ptp_wire 3
ptp_master 3
ptp_client 3
gnss_receiver
gnss_gpsd
lab_until 10 test -S "$LAB_DIR/client/chronyd.sock"
lab_timed_conf "ptp = { name = \"ptp\"; device = \"realtime\";" \
	"socket = \"$LAB_DIR/ptp.uds\"; monitor = \"$LAB_DIR/monitor\";" \
	"arbitrary = \"utc\"; };" \
	"gnss = { port = $gnss_port; pulse = \"pps\"; pps = \"$gnss_pps\";" \
	"latency_max = \"15us\"; best_of = 8; };" \
	"leap_file = \"$LAB_DIR/leap\";"
# No orders to the pulses: to read them would be an allocation.
FAKE_PPS=$gnss_pps \
	LD_PRELOAD="$endurance_preload $lab_build/tests/system/fake-pps.so" \
	lab_timed_start
expect_soon 40 "sources of all kinds are used" all_are_used
expect_soon 40 "the receiver's pulse is believed" \
	gnss_is .receiver.labels "gpsd, others"
lab_judge_start all --seconds 120
sleep 2 # the answers to the questions above
endurance_watch "$WATCH_S"

# ---- the engines die and come again ----

nobody_answers()
{
	[ "$(lab_field '[.drivers[].healthy] | any')" = false ]
}

engines_end()
{
	lab_stop KILL "$ptp_client_pid"
	lab_stop KILL "$gnss_gpsd_pid"
	lab_stop KILL "$lab_client_pid"
	rm "$LAB_DIR/client/chronyd.sock"
}

engines_start()
{
	again_ns=$(date +%s%N)
	ptp_client_start
	gnss_gpsd
	lab_client_start
}

# Each is used, for what it has said since they started again.
all_speak()
{
	all_are_used && [ "$(lab_field "[.sources[].last_sample_age_ns] |
		max < $(($(date +%s%N) - again_ns))")" = true ]
}

# The last document stays with the daemon: one that is always the same.
last_words()
{
	python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(b"nonsense\n")
print(s.makefile().read())' "$lab_socket" | grep -q error ||
		fail "nonsense is refused"
}

holds_no_more_than() # BLOCKS BYTES
{
	[ "$(held_blocks)" -le "$1" ] && [ "$(held_bytes)" -le "$2" ]
}

last_words
expect_soon 15 "chronyd's socket is open" \
	test -S "$LAB_DIR/client/timed.$lab_timed_pid.sock"
sleep 1
fds=$(descriptors) own=$(own_kb) blocks=$(held_blocks) bytes=$(held_bytes)
echo "   $fds descriptors, $blocks blocks of $bytes bytes, $(memory_kb) kB"
for round in $(seq "$ROUNDS"); do
	engines_end
	expect_soon 30 "no engine answers any more ($round)" nobody_answers
	engines_start
	expect_soon 60 "all are back ($round)" all_speak
	last_words
	# What a block has beyond what was asked for depends on what was free.
	expect_soon 10 "as much is allocated as before ($round)" \
		holds_no_more_than "$blocks" $((bytes + 512))
done
# chronyd's socket is tried each 10 s; its port answers meanwhile.
expect_soon 20 "as many descriptors are open as before" has_descriptors "$fds"
echo "   $(held_blocks) blocks of $(held_bytes) bytes, $(memory_kb) kB"
expect "it is no larger than before" test "$(own_kb)" -le $((own + 64))
expect_contained all "true time was inside at every read"
