# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Grandmasters in namespaces of their own and one client, all ptp4l with
# software stamps on one kernel's clock, which nothing in here touches: every
# ptp4l runs with free_running. Between them runs a wire that delays and loses
# what it is told to (ptprelay). Source lab.sh and expect.sh first.

ptp_bin=

# $TT_LINUXPTP is a folder with ptp4l and pmc.
need_ptp4l()
{
	local dir

	for dir in "${TT_LINUXPTP:-}" "$lab_root/.cache/linuxptp/usr/sbin" \
		/usr/sbin; do
		[ -n "$dir" ] && "$dir/ptp4l" -v >/dev/null 2>&1 || continue
		"$dir/pmc" -v >/dev/null 2>&1 || continue
		ptp_bin=$dir
		break
	done
	[ -n "$ptp_bin" ] || skip "no ptp4l: packaging/fetch-engines.sh"
	need_namespaces
}

# A namespace: its holder's pid in $ptp_holder.
ptp_namespace() # NAME
{
	lab_namespace "$1"
	ptp_holder=$lab_pid
}

ptp_in() # HOLDER COMMAND...
{
	local holder=$1

	shift
	nsenter --target "$holder" --net "$@"
}

# ptp_wire K: a namespace for grandmaster K, joined by a wire to our interface
# ptpK. Orders to the wire: ptp_order K "delay 1000000 0".
ptp_wire()
{
	local k=$1 master wire fd

	ptp_namespace "net$k"
	master=$ptp_holder
	ptp_namespace "wire$k"
	wire=$ptp_holder
	ip link add name "ptp$k" type veth peer name near netns "$wire"
	ptp_in "$wire" ip link add name far type veth peer name srv \
		netns "$master"
	ip link set dev "ptp$k" up
	ptp_in "$wire" ip link set dev near up
	ptp_in "$wire" ip link set dev far up
	ptp_in "$master" ip link set dev srv up
	mkfifo "$LAB_DIR/order$k"
	# opened for both: neither end waits for the other
	exec {fd}<>"$LAB_DIR/order$k"
	eval "ptp_order_fd_$k=$fd ptp_net_$k=$master"
	# forward is what comes from the master
	# shellcheck disable=SC2016
	lab_spawn "relay$k" nsenter --target "$wire" --net \
		bash -c 'exec "$0" far near <"$1"' \
		"$lab_build/tests/system/ptprelay" "$LAB_DIR/order$k"
	lab_until 5 grep -q ready "$LAB_DIR/relay$k.log" ||
		fail "the wire does not start"
}

ptp_order()
{
	local k=$1 fd n

	shift
	fd=$(eval "echo \$ptp_order_fd_$k")
	n=$(grep -c '^done' "$LAB_DIR/relay$k.log")
	echo "$*" >&"$fd"
	lab_until 5 test_count "$n" "$LAB_DIR/relay$k.log" ||
		fail "the wire does not obey: $*"
}

test_count()
{
	[ "$(grep -c '^done' "$2")" -gt "$1" ]
}

# What every ptp4l here has in common. The last of a key counts.
ptp_common() # NAME
{
	cat <<-CONF
		[global]
		free_running 1
		time_stamping software
		network_transport L2
		uds_address $LAB_DIR/$1.uds
		logSyncInterval -2
		logMinDelayReqInterval -2
		logAnnounceInterval -1
		announceReceiptTimeout 3
	CONF
}

# ptp_master K [LINE...]: the grandmaster on wire K, locked and good to 100 ns
# unless lines say otherwise. Its pid in $ptp_master_K.
ptp_master()
{
	local k=$1

	shift
	{
		ptp_common "master$k"
		printf '%s\n' "clockClass 6" "clockAccuracy 0x21" \
			"priority1 10" "$@" "[srv]"
	} >"$LAB_DIR/master$k.conf"
	ptp_master_start "$k"
}

ptp_master_start()
{
	local k=$1

	lab_spawn "master$k" nsenter --target \
		"$(eval "echo \$ptp_net_$k")" --net \
		"$ptp_bin/ptp4l" -m -f "$LAB_DIR/master$k.conf"
	eval "ptp_master_$k=$lab_pid"
}

# ptp_client "K..." [LINE...]: the client on these wires. It has a monitor at
# $LAB_DIR/monitor, but with PTP_MONITOR=no. Its pid in $ptp_client_pid.
ptp_client()
{
	local k wires=$1

	shift
	{
		ptp_common ptp
		printf '%s\n' "slaveOnly 1" "$@"
		[ "${PTP_MONITOR:-}" = no ] ||
			echo "slave_event_monitor $LAB_DIR/monitor"
		for k in $wires; do
			echo "[ptp$k]"
		done
	} >"$LAB_DIR/ptp.conf"
	ptp_client_start
}

ptp_client_start()
{
	lab_spawn ptp "$ptp_bin/ptp4l" -m -f "$LAB_DIR/ptp.conf"
	ptp_client_pid=$lab_pid
}

ptp_stop() # PID
{
	lab_stop TERM "$1"
}

# ptp_pmc NAME COMMAND...: of that ptp4l.
ptp_pmc()
{
	local name=$1

	shift
	timeout 5 "$ptp_bin/pmc" -u -b 0 -s "$LAB_DIR/$name.uds" \
		-i "$LAB_DIR/pmc.$BASHPID" "$@"
}

# ptp_settings K CLASS ACCURACY TIMESCALE: what grandmaster K says of itself.
ptp_settings()
{
	ptp_pmc "master$1" "SET GRANDMASTER_SETTINGS_NP clockClass $2 \
		clockAccuracy $3 offsetScaledLogVariance 0xffff \
		currentUtcOffset 37 leap61 0 leap59 0 currentUtcOffsetValid 0 \
		ptpTimescale $4 timeTraceable 1 frequencyTraceable 0 \
		timeSource 0x20" | grep -q RESPONSE
}

# ptp_value NAME ID KEY: a figure of one of its data sets.
ptp_value()
{
	ptp_pmc "$1" "GET $2" | awk -v key="$3" '$1 == key { print $2 }'
}

ptp_value_is() # NAME ID KEY VALUE
{
	[ "$(ptp_value "$1" "$2" "$3")" = "$4" ]
}

# The ptp driver, watched: each of its samples is compared with true time.
# ptp_watch_start [OPTION...]; its words in watch.log.
ptp_watch_start()
{
	lab_spawn watch "$lab_build/tests/system/ptp-watch" \
		"$LAB_DIR/ptp.uds" "$LAB_DIR/monitor" 600 "$@"
	ptp_watch_pid=$lab_pid
	ptp_mark
}

# ptp_mark: from here on. ptp_said TEXT: since then it said so.
ptp_mark()
{
	ptp_seen=$(wc -l <"$LAB_DIR/watch.log" 2>/dev/null) || ptp_seen=0
}

ptp_lines()
{
	tail -n +"$((ptp_seen + 1))" "$LAB_DIR/watch.log"
}

ptp_said()
{
	ptp_lines | grep -q -e "$1"
}

ptp_count() # TEXT
{
	ptp_lines | grep -c -e "$1"
}

ptp_counted() # TEXT N: at least so often
{
	[ "$(ptp_count "$1")" -ge "$2" ]
}

# Its verdict: samples, and none that misses.
ptp_watch_end() # CLAIM
{
	kill -TERM "$ptp_watch_pid"
	lab_until 5 lab_has_ended "$ptp_watch_pid"
	grep MISS "$LAB_DIR/watch.log" | head -n 5
	expect "$1 ($(tail -n 1 "$LAB_DIR/watch.log"))" \
		grep -q '^samples [1-9][0-9]*, misses 0$' "$LAB_DIR/watch.log"
}
