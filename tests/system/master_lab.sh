# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A time master and its client. In our namespace a receiver, gpsd and a `timed`
# that exports (the master); in a namespace of its own, joined by veth1, another
# `timed` that knows the time from the master's engine alone (the client). True
# time of both is the receiver's, which is this kernel's CLOCK_REALTIME. Source
# lab.sh, expect.sh and gnss_lab.sh first.

master_client_segment=$LAB_DIR/client.clock
master_client_socket=$LAB_DIR/client.sock

# The machine's own table may have expired, and this is no test of that.
master_leap()
{
	sed 's/^#@.*/#@	9000000000/' /usr/share/zoneinfo/leap-seconds.list \
		>"$LAB_DIR/leap" || skip "no leap second table (tzdata)"
}

# The master: on the receiver and its pulse; a server tells the second beside
# it. Lines are of its configuration as a whole: `export = ...`.
master_start()
{
	gnss_receiver
	gnss_pulse_order
	gnss_gpsd
	gnss_timed 'pulse = "pps";' "pps = \"$gnss_pps\";" \
		'latency_max = "15us";' 'best_of = 8;' '};' \
		"leap_file = \"$LAB_DIR/leap\";" "$@" 'axioms = {'
}

# The server that tells the second beside it. Its pid in $master_server.
master_server()
{
	lab_server 9
	master_server=$lab_pid
}

master_server_start()
{
	lab_chronyd_at 9 server9
	master_server=$lab_pid
}

# master_wider NS: is the client's bound? It must never be narrower than its
# master's, which is proven: what is narrower is kept for master_never_narrower.
master_wider()
{
	local master client

	master=$(lab_field .clock.half_width_ns)
	client=$(client_field .clock.half_width_ns)
	[ -n "$client" ] && [ -n "$master" ] || return 1
	[ "$client" -ge "$master" ] ||
		echo "$client ns, its master's $master ns" >>"$LAB_DIR/narrower"
	[ "$client" -gt "$1" ]
}

master_never_narrower()
{
	[ ! -e "$LAB_DIR/narrower" ] || ! cat "$LAB_DIR/narrower"
}

# The client in namespace $far, or 1, with these settings.
master_client()
{
	{
		cat <<-CONF
			segment = "$master_client_segment";
			status_socket = "$master_client_socket";
			drift_file = "";
			leap_file = "$LAB_DIR/leap";
		CONF
		printf '%s\n' "$@"
	} >"$LAB_DIR/client_timed.conf"
	lab_spawn client_timed nsenter --target \
		"${far:-$(eval "echo \$lab_net_1")}" --net \
		"$lab_build/timed/timed" \
		--config "$LAB_DIR/client_timed.conf"
}

# A field of the master's own document; of its export N.
export_field() # N JQ-EXPRESSION
{
	lab_field ".exports[$1] | $2"
}

export_is() # N JQ-EXPRESSION VALUE
{
	[ "$(export_field "$1" "$2")" = "$3" ]
}

# And of the client's.
client_field()
{
	"$lab_build/tools/tt-status" --socket "$master_client_socket" \
		--format json | jq -r ".daemon.status | $1"
}

client_is() # JQ-EXPRESSION VALUE
{
	[ "$(client_field "$1")" = "$2" ]
}

client_above() # JQ-EXPRESSION NUMBER
{
	local n

	n=$(client_field "$1")
	[ -n "$n" ] && [ "$n" != null ] && [ "$n" -gt "$2" ]
}

client_below() # JQ-EXPRESSION NUMBER
{
	local n

	n=$(client_field "$1")
	[ -n "$n" ] && [ "$n" != null ] && [ "$n" -lt "$2" ]
}
