# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A receiver (nmea-source) on a real gpsd, and timed on both, in lab.sh's
# network. True time is the kernel's CLOCK_REALTIME: the receiver tells it, but
# for what it is ordered to do wrong. Source lab.sh and expect.sh first.

gnss_bin=
gnss_port=$((30000 + RANDOM % 20000))
gnss_pps=$LAB_DIR/pps0

# $TT_GPSD is a gpsd; it runs apart from the machine's shared memory.
need_gpsd()
{
	local g

	for g in "${TT_GPSD:-}" "$lab_root/.cache/gpsd/usr/sbin/gpsd" \
		/usr/sbin/gpsd; do
		[ -n "$g" ] && "$g" -V >/dev/null 2>&1 || continue
		gnss_bin=$g
		break
	done
	[ -n "$gnss_bin" ] || skip "no gpsd: packaging/fetch-engines.sh"
	need_namespaces
	unshare --ipc true 2>/dev/null || skip "no right to unshare --ipc"
}

# gnss_order [WORD...]: what is wrong with the receiver from here on: nothing
# without words. gnss_pulse_order: with its pulses.
gnss_order()
{
	echo "$*" >"$LAB_DIR/receiver.new"
	mv "$LAB_DIR/receiver.new" "$LAB_DIR/receiver"
}

gnss_pulse_order()
{
	echo "$*" >"$LAB_DIR/pulses.new"
	mv "$LAB_DIR/pulses.new" "$LAB_DIR/pulses"
}

gnss_receiver()
{
	gnss_order "${@:-}"
	lab_spawn receiver "$lab_build/tests/system/nmea-source" \
		$((gnss_port + 1)) "$LAB_DIR/receiver"
	gnss_receiver_pid=$lab_pid
}

# Its pid in $gnss_gpsd_pid.
gnss_gpsd()
{
	lab_spawn gpsd unshare --ipc "$gnss_bin" -N -n -S "$gnss_port" \
		"udp://127.0.0.1:$((gnss_port + 1))"
	gnss_gpsd_pid=$lab_pid
}

gnss_stop() # PID
{
	lab_stop KILL "$1"
}

# gnss_timed [LINE...]: timed on this gpsd, with more settings within gnss; with
# $gnss_alone, without chronyd. Its pulses come from the preloaded device.
gnss_timed()
{
	lab_timed_conf "gnss = { port = $gnss_port;" "$@" "};"
	rm -rf "$LAB_DIR/conf.d"
	if [ -n "${gnss_alone:-}" ]; then
		mkdir "$LAB_DIR/conf.d"
		echo "chrony = { enable = false; };" \
			>"$LAB_DIR/conf.d/alone.conf"
	fi
	gnss_timed_again
}

# The same configuration once more.
gnss_timed_again()
{
	lab_spawn timed env FAKE_PPS="$gnss_pps" \
		FAKE_PPS_ORDERS="$LAB_DIR/pulses" \
		ASAN_OPTIONS="verify_asan_link_order=0:${ASAN_OPTIONS:-}" \
		LD_PRELOAD="$lab_build/tests/system/fake-pps.so" \
		"$lab_build/timed/timed" --config "$LAB_DIR/timed.conf"
	lab_timed_pid=$lab_pid
}

# A field of the receiver's source.
gnss_field() # JQ-EXPRESSION
{
	lab_field ".sources[] | select(.class == \"gnss\") | $1"
}

gnss_is() # JQ-EXPRESSION VALUE
{
	[ "$(gnss_field "$1")" = "$2" ]
}

gnss_notes() # PATTERN
{
	gnss_field .note | grep -qe "$1"
}

gnss_above() # JQ-EXPRESSION NUMBER
{
	local n

	n=$(gnss_field "$1")
	[ "${n:-0}" -gt "$2" ]
}

gnss_below() # JQ-EXPRESSION NUMBER
{
	local n

	n=$(gnss_field "$1")
	[ -n "$n" ] && [ "$n" != null ] && [ "$n" -lt "$2" ]
}
