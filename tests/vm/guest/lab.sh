# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=dash
# The words of the VM lab's scenarios, which are busybox's sh and run as root in
# a machine of their own: nothing there needs to be put back. They state
# claims and end at the first that does not hold. Logs are /tmp/*.log.

lab=/sys/kernel/debug/ttlab
export TT_CLOCK=/run/timed/clock
status_socket=/run/timed/status.sock

say()
{
	echo "$*"
}

fail()
{
	echo "FAILED: $*"
	for log in /tmp/*.log; do
		[ -s "$log" ] || continue
		echo "--- ${log##*/}"
		tail -n 12 "$log"
	done
	exit 1
}

skip()
{
	echo "skipped: $*"
	exit 77
}

# expect CLAIM COMMAND...: it succeeds.
expect()
{
	claim=$1
	shift
	"$@" || fail "$claim"
	echo "ok: $claim"
}

# expect_soon SECONDS CLAIM COMMAND...: it succeeds before long.
expect_soon()
{
	begin=$(date +%s) seconds=$1 claim=$2
	shift 2
	until "$@" >/dev/null 2>&1; do
		[ $(($(date +%s) - begin)) -le "$seconds" ] ||
			fail "$claim, within $seconds s"
		sleep 0.25
	done
	echo "ok: $claim (after about $(($(date +%s) - begin)) s)"
}

# between MIN VALUE MAX
between()
{
	[ -n "$2" ] && [ "$1" -le "$2" ] && [ "$2" -le "$3" ] && return
	echo "'$2' is not from $1 to $3"
	return 1
}

# --- the hardware ---

# hardware [PARAMETER=VALUE...]: loads ttlab.
hardware()
{
	insmod /lab/ttlab.ko "$@" || fail "the module does not load"
}

# knob PATH [VALUE]: writes or reads it.
knob()
{
	if [ $# -eq 1 ]; then
		cat "$lab/$1"
	else
		echo "$2" >"$lab/$1" || fail "knob $1 does not take $2"
	fi
}

# A counter within the axioms of oscillator = "server": 20 ppm off, wandering
# by up to 20 ppb/s within 3 ppm, with 200 ppb besides.
wandering_counter()
{
	knob counter/rate_ppb 20000
	knob counter/swing_ppb 3000
	knob counter/wander_ppb_s 19
	knob counter/jitter_ppb 150
}

# phc_of INTERFACE: /dev/ptpN
phc_of()
{
	for clock in /sys/class/ptp/ptp*; do
		[ "$(cat "$clock/clock_name")" != "ttlab $1" ] ||
			echo "/dev/${clock##*/}"
	done
}

# pps_fraction: of the last pulse's stamp, the ns after its second.
pps_fraction()
{
	sed -n 's/.*\.0*\([0-9][0-9]*\)#.*/\1/p' /sys/class/pps/pps0/assert
}

pps_sequence()
{
	sed 's/.*#//' /sys/class/pps/pps0/assert
}

# extts_fraction INTERFACE: of the next pulse, as captured by its pin SDP0.
extts_fraction()
{
	sys=/sys/class/ptp/$(basename "$(phc_of "$1")")
	echo "1 0" >"$sys/pins/SDP0"
	echo "0 1" >"$sys/extts_enable"
	sleep 1.2
	cut -d' ' -f3 "$sys/fifo"
	echo "0 0" >"$sys/extts_enable"
}

# Of all PTP clocks and pulses; one line, if they have the same.
rights()
{
	stat -c '%a %U %G' /dev/ptp* /dev/pps* | sort -u
}

are_timeds()
{
	[ "$(rights)" = "660 root _timed" ]
}

# --- processes ---

# start NAME COMMAND...: in the background, its words to NAME.log.
start()
{
	name=$1
	shift
	"$@" >>"/tmp/$name.log" 2>&1 &
	eval "pid_$name=$!"
}

stop() # NAME [SIGNAL]
{
	eval "pid=\$pid_$1"
	# shellcheck disable=SC2154
	kill "-${2:-TERM}" "$pid"
	wait "$pid" 2>/dev/null
}

# ptp4l_start NAME INTERFACE [LINE...]: hardware stamps, frames of Ethernet, and
# a Unix socket of its own, /run/NAME; the lines go into its configuration.
ptp4l_start()
{
	name=$1 interface=$2
	shift 2
	{
		echo "[global]"
		echo "network_transport L2"
		echo "time_stamping hardware"
		echo "uds_address /run/$name"
		echo "tx_timestamp_timeout 20"
		for line in "$@"; do
			echo "$line"
		done
		echo "[$interface]"
	} >"/tmp/$name.conf"
	ip link set "$interface" up
	start "$name" ptp4l -m -q -f "/tmp/$name.conf"
}

# A grandmaster locked to a primary reference.
grandmaster()
{
	ptp4l_start gm lab0a "clockClass 6" "clockAccuracy 0x20" \
		"offsetScaledLogVariance 0x4e5d" "timeSource 0x20" "$@"
	expect_soon 30 "the grandmaster takes its part" \
		grep -q "assuming the grand master role" /tmp/gm.log
	set_grandmaster 6 0x20
}

# ptp_client [LINE...]: ptp4l at the wire's other end, telling timed of every
# exchange.
ptp_client()
{
	mkdir -p /run/timed
	ptp4l_start client lab0b "slaveOnly 1" \
		"slave_event_monitor /run/timed/ptp.sock" "$@"
}

# A direct link of NICs as they are: 8 ns of resolution, reads of a microsecond,
# the client's oscillator 9 ppm off and wandering.
ptp_hardware()
{
	hardware "$@"
	wandering_counter
	for end in lab0a lab0b; do
		knob $end/delay_ns 800
		knob $end/jitter_ns 20
		knob $end/phc/quantum_ns 8
	done
	knob lab0b/phc/rate_ppb -9000
	knob lab0b/phc/swing_ppb 3000
	knob lab0b/phc/wander_ppb_s 20
	knob lab0b/phc/jitter_ppb 100
	knob lab0b/phc/window_ns 1000
}

# set_grandmaster CLASS ACCURACY: and that its times are TAI, 37 s from UTC.
set_grandmaster()
{
	pmc -u -b 0 -s /run/gm "SET GRANDMASTER_SETTINGS_NP clockClass $1
		clockAccuracy $2 offsetScaledLogVariance 0x4e5d
		currentUtcOffset 37 leap61 0 leap59 0 currentUtcOffsetValid 1
		ptpTimescale 1 timeTraceable 1 frequencyTraceable 1
		timeSource 0x20" >>/tmp/pmc.log 2>&1
}

# What a client's ptp4l has lately said of itself, once a Sync: the worst of its
# last ten offsets, and its path delay.
client_offset()
{
	sed -n 's/.*master offset *-*\([0-9]*\) .*/\1/p' "/tmp/$1.log" |
		tail -n 10 | sort -n | tail -n 1
}

client_delay()
{
	sed -n 's/.* path delay *\(-*[0-9]*\)$/\1/p' "/tmp/$1.log" |
		tail -n 1
}

# --- NTP: 10.0.0.1 in a namespace of its own, 10.0.0.2 here ---

at_server()
{
	nsenter --target "$pid_net" --net "$@"
}

# ntp_server PAIR: over that pair of NICs (lab0), with the true time, in UTC as
# NTP has it, of its NIC's clock.
ntp_server()
{
	server=${1}a client=${1}b
	knob "$server/phc/step_ns" -37000000000
	start net unshare --net sleep 1000000
	sleep 0.2
	ip link set "$server" netns "$pid_net"
	at_server ip addr add 10.0.0.1/24 dev "$server"
	at_server ip link set "$server" up
	ip addr add 10.0.0.2/24 dev "$client"
	ip link set "$client" up
	mkdir -m 0700 /run/server
	cat >/tmp/ntp_server.conf <<-CONF
		refclock PHC $(phc_of "$server") poll 0
		allow
		bindcmdaddress /run/server/chronyd.sock
		cmdport 0
		pidfile /run/server/pid
	CONF
	start ntp_server nsenter --target "$pid_net" --net \
		chronyd -x -d -u root -f /tmp/ntp_server.conf
	expect_soon 60 "the server has selected its clock" \
		grep -q "Selected source" /tmp/ntp_server.log
}

# ntp_client [LINE...]: into its configuration, too.
ntp_client()
{
	mkdir -m 0700 /run/chrony
	{
		echo "server 10.0.0.1 iburst minpoll 2 maxpoll 4"
		echo "port 0"
		echo "pidfile /run/chrony/pid"
		for line in "$@"; do
			echo "$line"
		done
	} >/tmp/ntp_client.conf
	start ntp_client chronyd -x -d -u root -f /tmp/ntp_client.conf
}

# A receiver that gpsd listens to: it tells the time of CLOCK_REALTIME, which
# is off by a few ms; its pulse is the module's, and true.
receiver()
{
	start receiver nmea-source 2948 /tmp/receiver.orders
	start gpsd gpsd -N -n -S 2947 udp://127.0.0.1:2948
}

# --- timed ---

# timed_start [LINE...]: with these settings, and run by what $timed_by says.
timed_start()
{
	mkdir -p /run/timed /var/lib/timed
	{
		echo "drift_file = \"\";"
		for line in "$@"; do
			echo "$line"
		done
	} >/tmp/timed.conf
	# shellcheck disable=SC2086
	start timed ${timed_by-} timed -f /tmp/timed.conf
}

status()
{
	tt-status --socket "$status_socket" "$@"
}

# field JQ-EXPRESSION: of the daemon's own document.
field()
{
	status --format json | jq -r ".daemon.status | $1"
}

state_is()
{
	[ "$(field .clock.state)" = "$1" ]
}

is_synchronized()
{
	state_is SYNCHRONIZED
}

# What the settings of a timed on ptp_client alone begin with.
ptp_alone='chrony = { enable = false; };'

# judge_start PHASE [ARG...] ... judge_end PHASE CLAIM
judge_start()
{
	phase=$1
	shift
	judge "$@" "$phase" >"/tmp/judge-$phase.out" \
		2>"/tmp/judge-$phase.log" &
	eval "pid_judge_$phase=$!"
}

judge_end()
{
	eval "pid=\$pid_judge_$1"
	kill -TERM "$pid" 2>/dev/null
	wait "$pid"
	code=$?
	cat "/tmp/judge-$1.log" "/tmp/judge-$1.out"
	[ "$code" -eq 0 ] || fail "$2"
	echo "ok: $2"
}

# judged PHASE SECONDS CLAIM: judge for so long, doing nothing else.
judged()
{
	judge --seconds "$2" --rate "${4:-10}" "$1" >"/tmp/judge-$1.out" \
		2>"/tmp/judge-$1.log"
	code=$?
	cat "/tmp/judge-$1.log" "/tmp/judge-$1.out"
	[ "$code" -eq 0 ] || fail "$3"
	echo "ok: $3"
}

# judge_value PHASE KEY
judge_value()
{
	sed -n "s/.* $2=\([^ ]*\).*/\1/p" "/tmp/judge-$1.out"
}
