#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A time master through chronyd: timed on a receiver gives samples to a real
# chronyd (-x: it serves by a clock of its own), and a client that knows nothing
# but that chronyd never misses the receiver's time: not while the master is in
# holdover, nor when its samples end, nor when chronyd begins anew.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
lab_enter "$@"
. "$(dirname "$0")/gnss_lab.sh"
. "$(dirname "$0")/master_lab.sh"
need_chronyd
need_gpsd
master_leap

sock=$LAB_DIR/refclock.sock

# The chronyd that serves: as the example has it, but for this lab's addresses and
# paths.
serving_chronyd()
{
	{
		lab_chronyd_common client
		sed -e "s|/run/chrony/timed.sock|$sock|" -e '/^driftfile/d' \
			-e "s|^server .*|server $(lab_address 9) port $lab_port \
				iburst minpoll -2 maxpoll -2 noselect|" \
			"$lab_root/examples/time-master/chrony.conf"
		cat <<-CONF
			port $lab_port
			cmdport $lab_cmdport
			bindcmdaddress 127.0.0.1
		CONF
	} | tr -s '\t' ' ' >"$LAB_DIR/client.conf"
	lab_client_start
}

# The client's: it knows the master's chronyd alone.
clients_chronyd()
{
	{
		lab_chronyd_common far
		cat <<-CONF
			server 10.77.1.2 port $lab_port iburst minpoll -2 maxpoll -2
			port 0
			cmdport 324
			bindcmdaddress 127.0.0.1
		CONF
	} >"$LAB_DIR/far.conf"
	lab_chronyd_at 1 far
}

master_server
lab_net 1
serving_chronyd
master_start "export = ( { type = \"chrony\"; socket = \"$sock\"; } );"
expect_soon 40 "the master has the receiver's pulse" \
	gnss_is .receiver.labels "gpsd, others"
expect_soon 60 "the master serves" export_is 0 .serving true
expect "chronyd takes it" export_is 0 .health null
clients_chronyd
master_client 'chrony = { port = 324;' \
	"socket = \"$LAB_DIR/far/chronyd.sock\"; };"
expect_soon 30 "a client is synchronised by it" \
	client_is .clock.state SYNCHRONIZED
expect_soon 20 "at stratum 1" client_is '.sources[0].stratum' 1
lab_judge_start master --seconds 900
lab_judge_start client --segment "$master_client_segment" --seconds 900
lab_status --format json | jq -c '.daemon.status.exports[0]'
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
expect "and serves still" export_is 0 .serving true
expect_soon 120 "until its error is beyond error_max" export_is 0 .reason \
	"the error is beyond error_max"
sent=$(export_field 0 .sent)
# By A2 alone, so the longer it takes the better its rate was known.
expect_soon 180 "the client's bound opens" master_wider $((width + 500000))
expect "and was never narrower than its master's" master_never_narrower
expect "no sample was given meanwhile" test "$(export_field 0 .sent)" = "$sent"
expect "that is told when it changes, and no oftener" test \
	"$(grep -c 'nothing: the error is beyond' "$LAB_DIR/timed.log")" -le 2

gnss_order
gnss_pulse_order
master_server_start
expect_soon 60 "with them the master serves again" export_is 0 .serving true
expect_soon 30 "and the client's bound closes" \
	client_below .clock.half_width_ns $((width * 2))

# chronyd ends, and begins with another socket of the same name.
gnss_stop "$lab_client_pid"
expect_soon 10 "an ended chronyd is missed" export_is 0 \
	'.health | contains("ended")' true
rm -f "$sock"
expect_soon 10 "so is its socket" export_is 0 \
	'.health | contains("no such socket")' true
serving_chronyd
expect_soon 20 "a new one is found" export_is 0 .health null
expect_soon 40 "and serves the client" client_below .clock.half_width_ns \
	$((width * 2))

# One that does not read.
kill -STOP "$lab_client_pid"
expect_soon 60 "one that does not read is told" export_is 0 \
	'.health | contains("does not read")' true
kill -CONT "$lab_client_pid"
expect_soon 20 "and when it does" export_is 0 .health null
expect_contained master "the master's true time was inside at every read"
expect_contained client "and inside the client's interval"
