#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A time master through ptp4l: timed on a receiver tells a real ptp4l what to
# announce, and a client that knows nothing but that grandmaster never misses the
# receiver's time, while its class goes from 6 to 7, to 52, and back.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
lab_enter "$@"
. "$(dirname "$0")/ptp_lab.sh"
. "$(dirname "$0")/gnss_lab.sh"
. "$(dirname "$0")/master_lab.sh"
need_chronyd
need_gpsd
need_ptp4l
master_leap

# A figure of what the grandmaster announces, and of what the client hears.
announces() # KEY VALUE
{
	ptp_value_is master1 GRANDMASTER_SETTINGS_NP "$1" "$2"
}

hears() # KEY VALUE
{
	ptp_value_is ptp PARENT_DATA_SET "gm.$1" "$2"
}

master_server
lab_client 9
ptp_wire 1
# as the example has it, but for this lab's paths, stamps and intervals
{
	sed '/^\[eth0\]/d' "$lab_root/examples/time-master/ptp4l.conf"
	ptp_common master1 | sed '/^\[global\]/d'
	echo "[srv]"
} >"$LAB_DIR/master1.conf"
ptp_master_start 1
ptp_client 1
expect_soon 20 "a grandmaster that nobody told anything is of class 248" \
	hears ClockClass 248

ptp_namespace far
far=$ptp_holder
master_start "export = ( { type = \"ptp4l\"; socket = \"$LAB_DIR/master1.uds\";" \
	"lead = \"2s\"; }, { type = \"chrony\"; socket = \"$LAB_DIR/none\"; } );"
expect_soon 40 "the master has the receiver's pulse" \
	gnss_is .receiver.labels "gpsd, others"
expect_soon 30 "its grandmaster is of class 6" announces clockClass 6
expect "another engine's absence is nothing to it" export_is 1 .healthy false
expect "its time is GNSS's" announces timeSource 0x20
expect "and traceable" announces timeTraceable 1
expect "software stamps are UTC, and are not called PTP time" \
	announces ptpTimescale 0
expect "ptp4l says itself which clock it serves" export_is 0 .clock realtime
lab_status --format json | jq -c '.daemon.status.exports[0]'
lab_status | grep -A3 "^Served to others"
expect_soon 5 "what is announced is no less than what is proven" \
	export_is 0 '.clock_accuracy_ns >= .error_ns' true

master_client "ptp = { device = \"realtime\"; arbitrary = \"utc\";" \
	"socket = \"$LAB_DIR/ptp.uds\"; monitor = \"$LAB_DIR/monitor\"; };" \
	"chrony = { enable = false; };"
expect_soon 30 "a client is synchronised by it" \
	client_is .clock.state SYNCHRONIZED
lab_judge_start master --seconds 900
lab_judge_start client --segment "$master_client_segment" --seconds 900
sleep 5
width=$(client_field .clock.half_width_ns)
echo "the client's half-width: $width ns"

# The antenna is cut: the receiver says so, its pulse runs off, and nobody else
# tells the time.
gnss_order "fix 0"
gnss_pulse_order "phase 40000"
gnss_stop "$master_server"
expect_soon 40 "without its sources the master is in holdover" \
	state_is HOLDOVER
expect_soon 5 "and says so: class 7" announces clockClass 7
expect_soon 5 "from its own oscillator" announces timeSource 0xa0
expect_soon 10 "the client hears of it" hears ClockClass 7
expect "and goes on" client_is .clock.state SYNCHRONIZED
expect_soon 120 "its error grows, and so does what is announced" \
	announces clockAccuracy 0x27
expect_soon 120 "beyond error_max it is of class 52" announces clockClass 52
expect "which is traceable no more" announces timeTraceable 0
expect_soon 10 "the client hears of it" hears ClockClass 52
expect_soon 20 "and is in holdover itself" client_is .clock.state HOLDOVER
expect_soon 60 "its bound opens" master_wider $((width + 100000))
expect "and was never narrower than its master's" master_never_narrower

gnss_order
gnss_pulse_order
master_server_start
expect_soon 60 "with its sources it is of class 6 again" announces clockClass 6
expect_soon 40 "and the client synchronised" client_is .clock.state SYNCHRONIZED

# ptp4l begins anew, and knows nothing.
ptp_stop "$ptp_master_1"
expect_soon 10 "an ended ptp4l is missed" export_is 0 .healthy false
export_field 0 .health
ptp_master_start 1
expect_soon 20 "a new one is told" announces clockClass 6
expect_soon 10 "and is well" export_is 0 .health null

# Somebody else tells it something.
ptp_settings 1 6 0x20 0
expect_soon 5 "what others tell it does not last" \
	announces frequencyTraceable 1

kill -STOP "$ptp_master_1"
expect_soon 10 "one that is stopped is told" export_is 0 .health \
	"ptp4l does not answer in domain 0"
kill -CONT "$ptp_master_1"
expect_soon 10 "and one that goes on" export_is 0 .health null

sed -i 's/lead = "2s"/lead = "2s"; domain = 5/' "$LAB_DIR/timed.conf"
kill -HUP "$lab_timed_pid"
expect_soon 10 "another domain than ptp4l's is told" export_is 0 .health \
	"ptp4l does not answer in domain 5"
expect "the one before was told that nobody vouches" announces clockClass 248
sed -i 's/; domain = 5//' "$LAB_DIR/timed.conf"
kill -HUP "$lab_timed_pid"
expect_soon 20 "the right one serves" announces clockClass 6

expect_contained client "the receiver's time was inside the client's interval"
expect_contained master "and inside the master's"
gnss_stop "$lab_timed_pid" # killed: nobody tells ptp4l
expect "when timed is killed its words stay" announces clockClass 6
gnss_timed_again
expect_soon 40 "and go on with it" export_is 0 .serving true
kill -TERM "$lab_timed_pid"
expect_soon 5 "when it ends in order nobody vouches" announces clockClass 248
expect "and of no accuracy" announces clockAccuracy 0xfe
