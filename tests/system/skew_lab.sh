# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A fleet of five: each node a network namespace with an exporter, an agent and
# the agent's chronyd. Nodes 1 to 3 have a timed beside a chronyd -x that knows
# the time from a server in namespace 9; the clocks of nodes 4 and 5 are played
# by tt-sim serve, which can be told to lie. All share the kernel's clock, which
# is true time: no two of them differ, and whatever an edge shows it must be
# within its error of 0. Source lab.sh first; needs namespaces.

skew_nodes="1 2 3 4 5"
skew_agent=$lab_build/tools/skew/tt-skew

skew_target() # K
{
	echo "$(lab_address "$1"):10123"
}

# The whole fleet to the file that is named; `port` is where node 2 is probed.
skew_fleet() # FILE [PORT]
{
	cat >"$1.new" <<-JSON
		[ { "targets": ["$(skew_target 1)", "$(skew_target 3)"],
		    "labels": { "dc": "lab", "rack": "a" } },
		  { "targets": ["$(skew_target 2)"],
		    "labels": { "dc": "lab", "rack": "a",
		                "__skew_ntp_port": "${2:-11123}" } },
		  { "targets": ["$(skew_target 4)", "$(skew_target 5)"],
		    "labels": { "dc": "lab", "rack": "b" } } ]
	JSON
	mv "$1.new" "$1"
}

# Namespaces that reach each other through ours.
skew_net()
{
	local k

	echo 1 >/proc/sys/net/ipv4/ip_forward || return 1
	lab_server 9
	for k in $skew_nodes; do
		lab_net "$k"
		nsenter --target "$(eval "echo \$lab_net_$k")" --net \
			ip route add default via "10.77.$k.2"
	done
	nsenter --target "$lab_net_9" --net \
		ip route add default via 10.77.9.2
}

# timed beside a chronyd of its own, on node K.
skew_timed() # K
{
	local k=$1

	{
		lab_chronyd_common "client$k"
		cat <<-CONF
			port 0
			cmdport 323
			bindcmdaddress 127.0.0.1
			server $(lab_address 9) port $lab_port iburst minpoll -2 maxpoll -2
		CONF
	} >"$LAB_DIR/client$k.conf"
	lab_chronyd_at "$k" "client$k"
	cat >"$LAB_DIR/timed$k.conf" <<-CONF
		chrony = { port = 323; socket = "$LAB_DIR/client$k/chronyd.sock"; };
		segment = "$LAB_DIR/node$k/clock";
		status_socket = "$LAB_DIR/status$k.sock";
		control_socket = "";
		drift_file = "";
	CONF
	lab_spawn_at "$k" "timed$k" "$lab_build/timed/timed" \
		--config "$LAB_DIR/timed$k.conf"
}

# A played clock: +-2 ms, its middle off and drifting, truth always inside.
skew_served() # K
{
	lab_spawn_at "$1" "served$1" "$lab_build/sim/tt-sim" serve \
		"$LAB_DIR/node$1/clock" --truth "$LAB_DIR/truth" \
		--commands "$LAB_DIR/order$1" --half-width 2ms --seed "$1"
	lab_until 10 test -p "$LAB_DIR/order$1"
}

skew_order() # K WORDS: of a played clock
{
	local k=$1

	shift
	echo "$*" >"$LAB_DIR/order$k"
}

# What every node runs. More options of the agent may follow.
skew_node() # K [OPTION...]
{
	local k=$1 dir=$LAB_DIR/skew$1

	shift
	mkdir -p -m 0700 "$dir"
	set -- --keyfile "$LAB_DIR/keys" --key 1 "$@"
	lab_spawn_at "$k" "exporter$k" "$lab_build/tools/exporter/tt-exporter" \
		--listen "$(skew_target "$k")" --segment "$LAB_DIR/node$k/clock" \
		--socket "$LAB_DIR/status$k.sock"
	eval "skew_exporter_$k=$lab_pid"
	"$skew_agent" agent --print-chronyd-config --dir "$dir" \
		--ntp-address "$(lab_address "$k")" "$@" >"$LAB_DIR/probe$k.conf"
	lab_chronyd_at "$k" "probe$k"
	eval "skew_probe_$k=$lab_pid"
	lab_spawn_at "$k" "agent$k" "$skew_agent" agent --dir "$dir" \
		--fleet "$LAB_DIR/fleet$k.json" \
		--listen "$(lab_address "$k"):10124" --poll 0 "$@"
	eval "skew_agent_$k=$lab_pid"
}

# The way from node 1 to node 2, on which datagrams can be made late.
skew_relay()
{
	mkfifo "$LAB_DIR/relay"
	lab_spawn_at 2 relay bash -c "exec $lab_build/tests/system/udprelay \
		$(lab_address 2) 11999 11123 <>'$LAB_DIR/relay'"
	lab_until 5 grep -q ready "$LAB_DIR/relay.log"
}

skew_delay() # THERE-NS BACK-NS
{
	echo "delay $1 $2" >"$LAB_DIR/relay"
}

# What the agents' probes are authenticated by; before any skew_node.
skew_keys()
{
	(umask 077 && echo "1 SHA1 HEX:$(head -c 20 /dev/urandom |
		od -An -tx1 | tr -d ' \n')" >"$LAB_DIR/keys")
}

skew_start() # [AGENT-OPTION...]
{
	local k

	skew_net || return 1
	skew_keys
	for k in $skew_nodes; do
		skew_fleet "$LAB_DIR/fleet$k.json"
	done
	skew_relay
	skew_fleet "$LAB_DIR/fleet1.json" 11999
	skew_fleet "$LAB_DIR/fleet.json"
	for k in $skew_nodes; do
		mkdir "$LAB_DIR/node$k"
	done
	for k in 1 2 3; do
		skew_timed "$k"
	done
	for k in 4 5; do
		skew_served "$k"
	done
	for k in $skew_nodes; do
		skew_node "$k" "$@"
	done
}

skew_get() # K PATH
{
	python3 - "$1" "$2" <<-'PY'
		import sys, urllib.request
		k, path = sys.argv[1:]
		with urllib.request.urlopen(f"http://10.77.{k}.1:10124{path}", timeout=3) as r:
		    sys.stdout.write(r.read().decode())
	PY
}

# A series of node K's agent; nothing without it.
skew_metric() # K SERIES
{
	skew_get "$1" /metrics | awk -v name="$2" '
		{ v = $NF; sub(/ [^ ]*$/, ""); if ($0 == name) print v }'
}

# The sum of a series over the agents.
skew_sum() # SERIES
{
	local k

	for k in $skew_nodes; do
		skew_metric "$k" "$1"
	done | awk '{ n += $1 } END { print n + 0 }'
}
