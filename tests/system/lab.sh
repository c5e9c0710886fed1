# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A small network on one machine, for the demo and the system tests: servers
# and one client, each server in a network namespace of its own, or (without
# rights for that) on loopback ports. All share the kernel's clock, which
# nothing in here touches: every chronyd runs with -x.
#
# A script sources this file and calls `lab_enter "$@"`, which runs the script
# again inside the network, with LAB_MODE set:
#   netns     root: namespaces
#   userns    not root: namespaces within a user namespace
#   loopback  neither: 127.0.1.K, ports above 1024
# With namespaces everything started in the lab ends with it, whatever happens
# to the script: the kernel sees to that (a pid namespace).

lab_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
lab_root=$(cd "$lab_here/../.." && pwd)
lab_build=${LAB_BUILD:-$lab_root/build/dev}
lab_pids=()

lab_say()
{
	printf '%s\n' "$*"
}

# The chronyd to run: $TT_CHRONYD, the unpacked one, or the installed one.
lab_find_chronyd()
{
	local c

	for c in "${TT_CHRONYD:-}" "$lab_root/.cache/chrony/usr/sbin/chronyd" \
		/usr/sbin/chronyd; do
		[ -n "$c" ] && [ -x "$c" ] || continue
		echo "$c"
		return 0
	done
	return 1
}

# Which mode this machine and user allow; in $lab_why what is missing.
lab_probe()
{
	local flags="--net --mount --pid --fork --kill-child --mount-proc"

	lab_why=
	if ! command -v unshare >/dev/null || ! command -v ip >/dev/null; then
		lab_why="no unshare or no ip command"
		lab_mode=loopback
	elif [ "$(id -u)" -eq 0 ] && unshare $flags true 2>/dev/null; then
		lab_mode=netns lab_flags=$flags
	elif unshare --user --map-root-user $flags true 2>/dev/null; then
		lab_mode=userns lab_flags="--user --map-root-user $flags"
		lab_why="not root"
		[ "$(id -u)" -ne 0 ] || lab_why="root without CAP_SYS_ADMIN"
	else
		lab_mode=loopback
		lab_why="no right to make network namespaces"
		[ "$(id -u)" -eq 0 ] || lab_why="not root, and $lab_why"
	fi
	# A veth pair is a kernel module that may not be there.
	if [ "$lab_mode" != loopback ] &&
	   ! unshare $lab_flags ip link add name va type veth peer name vb 2>/dev/null
	then
		lab_mode=loopback
		lab_why="the kernel has no veth devices to join namespaces with"
	fi
	[ "${LAB_FORCE_LOOPBACK:-}" != 1 ] || {
		lab_mode=loopback lab_why="told to do without namespaces"
	}
}

lab_stop_all()
{
	[ ${#lab_pids[@]} -eq 0 ] || kill -KILL "${lab_pids[@]}" 2>/dev/null
	lab_pids=()
}

# On a signal. A namespace's init dies with unshare, and all that is in it with
# the init; on loopback the script leads a process group.
lab_interrupt()
{
	lab_interrupted=1
	if [ "$LAB_MODE" = loopback ]; then
		kill -TERM -- "-$lab_inner" 2>/dev/null
	else
		kill -KILL "$lab_inner" 2>/dev/null
	fi
}

# Outside: make the folder, run the script again inside, clean up, exit with
# its code. Inside: set up and return.
lab_enter()
{
	local code

	if [ -z "${LAB_MODE:-}" ]; then
		lab_probe
		export LAB_MODE=$lab_mode LAB_WHY=$lab_why
		# Short: the path of a Unix socket has 107 bytes.
		LAB_DIR=$(mktemp -d "${LAB_TMP:-/tmp}/tt-lab.XXXXXX") || exit 1
		export LAB_DIR
		trap 'rm -rf "$LAB_DIR"' EXIT
		trap lab_interrupt INT TERM HUP
		if [ "$LAB_MODE" = loopback ]; then
			setsid bash "$0" "$@" &
		else
			# shellcheck disable=SC2086
			unshare $lab_flags bash "$0" "$@" &
		fi
		lab_inner=$!
		# In braces, or bash itself tells of "Killed".
		{ wait "$lab_inner"; code=$?; } 2>/dev/null
		# A signal ended the first wait: reap what it was sent on to.
		while kill -0 "$lab_inner" 2>/dev/null; do
			{ wait "$lab_inner"; } 2>/dev/null
		done
		[ -z "${lab_interrupted:-}" ] || {
			code=130
			echo
			echo "interrupted: all that was started has ended"
		}
		exit $code
	fi
	trap 'lab_stop_all' EXIT
	trap 'exit 143' TERM HUP
	lab_chronyd=$(lab_find_chronyd) || lab_chronyd=
	lab_port=123 lab_cmdport=323
	if [ "$LAB_MODE" = loopback ]; then
		lab_port=$((20000 + RANDOM % 9000))
		lab_cmdport=$((lab_port + 1))
	else
		ip link set lo up
	fi
	lab_segment=$LAB_DIR/clock
	lab_socket=$LAB_DIR/status.sock
	lab_control=$LAB_DIR/control.sock
	export TT_CLOCK=$lab_segment
}

# lab_spawn NAME COMMAND...: run it in the background, its words to NAME.log;
# its pid in $lab_pid.
lab_spawn()
{
	local name=$1

	shift
	# Until it is COMMAND the child has our traps, and one that was stopped
	# at once would end all that we started.
	trap - TERM HUP
	"$@" >>"$LAB_DIR/$name.log" 2>&1 &
	lab_pid=$!
	trap 'exit 143' TERM HUP
	lab_pids+=("$lab_pid")
	disown "$lab_pid"
}

# lab_until SECONDS COMMAND...: try it 20 times a second until it succeeds.
lab_until()
{
	local end=$((SECONDS + $1 + 1))

	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

lab_address() # of server K
{
	if [ "$LAB_MODE" = loopback ]; then
		echo "127.0.1.$1"
	else
		echo "10.77.$1.1"
	fi
}

# A namespace of its own: its holder's pid in $lab_pid.
lab_namespace() # NAME
{
	lab_spawn "$1" unshare --net sleep infinity
	# Until then the holder has not left our namespace yet.
	while [ "$(readlink /proc/self/ns/net)" = \
		"$(readlink "/proc/$lab_pid/ns/net")" ]; do
		sleep 0.01
	done
}

lab_has_ended() # PID
{
	! kill -0 "$1" 2>/dev/null
}

lab_stop() # SIGNAL PID
{
	kill "-$1" "$2" 2>/dev/null
	lab_until 5 lab_has_ended "$2"
}

# A namespace for server K, joined to ours by a veth pair. Its holder's pid in
# $lab_net_K.
lab_net()
{
	local k=$1 holder

	[ "$LAB_MODE" != loopback ] || return 0
	lab_namespace "net$k"
	holder=$lab_pid
	ip link add name "veth$k" type veth peer name srv netns "$holder"
	ip addr add "10.77.$k.2/24" dev "veth$k"
	ip link set "veth$k" up
	nsenter --target "$holder" --net ip addr add "10.77.$k.1/24" dev srv
	nsenter --target "$holder" --net ip link set lo up
	nsenter --target "$holder" --net ip link set srv up
	eval "lab_net_$k=$holder"
}

# lab_spawn_at K NAME COMMAND...: lab_spawn beside server K.
lab_spawn_at()
{
	local k=$1 name=$2 holder

	shift 2
	if [ "$LAB_MODE" = loopback ]; then
		lab_spawn "$name" "$@"
		return
	fi
	holder=$(eval "echo \$lab_net_$k")
	lab_spawn "$name" nsenter --target "$holder" --net "$@"
}

# lab_chronyd_at K|client NAME: run chronyd on $LAB_DIR/NAME.conf.
lab_chronyd_at()
{
	local at=$1 name=$2
	local -a cmd=("$lab_chronyd" -x -d -f "$LAB_DIR/$name.conf")

	if [ "$(id -u)" -eq 0 ]; then
		cmd+=(-u root)
	else
		cmd+=(-U -u "$(id -un)")
	fi
	if [ "$at" = client ]; then
		lab_spawn "$name" "${cmd[@]}"
	else
		lab_spawn_at "$at" "$name" "${cmd[@]}"
	fi
}

# chronyd wants a folder of its own, closed to others, for its socket.
lab_chronyd_common()
{
	mkdir -p -m 0700 "$LAB_DIR/$1"
	cat <<-CONF
		bindcmdaddress $LAB_DIR/$1/chronyd.sock
		pidfile $LAB_DIR/$1/pid
	CONF
}

# lab_server K: an honest server: chronyd that serves the kernel's clock.
lab_server()
{
	local k=$1

	lab_net "$k"
	{
		lab_chronyd_common "server$k"
		cat <<-CONF
			local stratum 1
			allow all
			bindaddress $(lab_address "$k")
			port $lab_port
			cmdport 0
		CONF
	} >"$LAB_DIR/server$k.conf"
	lab_chronyd_at "$k" "server$k"
}

# lab_liar K ARG...: tests/system/ntpserver with these arguments.
lab_liar()
{
	local k=$1

	shift
	lab_net "$k"
	lab_spawn_at "$k" "server$k" "$lab_build/tests/system/ntpserver" \
		--bind "$(lab_address "$k")" --port "$lab_port" "$@"
	eval "lab_liar_$k=$lab_pid"
	lab_until 5 grep -q ready "$LAB_DIR/server$k.log"
}

# lab_client K...: a chronyd -x whose sources are these servers. Its pid in
# $lab_client_pid.
lab_client()
{
	local k

	{
		lab_chronyd_common client
		cat <<-CONF
			port 0
			cmdport $lab_cmdport
			bindcmdaddress 127.0.0.1
		CONF
		for k in "$@"; do
			echo "server $(lab_address "$k") port $lab_port iburst" \
				"minpoll ${LAB_POLL:--2} maxpoll ${LAB_POLL:--2}"
		done
	} >"$LAB_DIR/client.conf"
	lab_client_start
}

lab_client_start()
{
	lab_chronyd_at client client
	lab_client_pid=$lab_pid
}

# lab_timed_conf [LINE...]: timed's configuration, with more settings.
lab_timed_conf()
{
	{
		cat <<-CONF
			chrony = {
				port = $lab_cmdport;
				socket = "$LAB_DIR/client/chronyd.sock";
			};
			segment = "$lab_segment";
			status_socket = "$lab_socket";
			control_socket = "$lab_control";
			drift_file = "";
		CONF
		[ $# -eq 0 ] || printf '%s\n' "$@"
	} >"$LAB_DIR/timed.conf"
}

# Start timed on it. Its pid in $lab_timed_pid.
lab_timed_start()
{
	[ -e "$LAB_DIR/timed.conf" ] || lab_timed_conf
	lab_spawn timed "$lab_build/timed/timed" \
		--config "$LAB_DIR/timed.conf"
	lab_timed_pid=$lab_pid
}

# lab_judge_start NAME ARG...: the judge of containment, beside what follows.
# lab_judge_end NAME: end it, show its report, and give its verdict as a code.
lab_judge_start()
{
	local name=$1

	shift
	"$lab_build/tests/system/judge" "$@" >"$LAB_DIR/$name.out" \
		2>"$LAB_DIR/$name.err" &
	eval "lab_judge_$name=$!"
	lab_pids+=("$!")
}

lab_judge_end()
{
	local name=$1 pid

	pid=$(eval "echo \$lab_judge_$name")
	kill -TERM "$pid" 2>/dev/null
	wait "$pid"
	code=$?
	cat "$LAB_DIR/$name.err"
	paste -sd' ' "$LAB_DIR/$name.out" | fold -s -w 100
	return "$code"
}

# lab_judge_value NAME KEY: from its report.
lab_judge_value()
{
	sed -n "s/^$2=//p" "$LAB_DIR/$1.out"
}

lab_status()
{
	"$lab_build/tools/tt-status" --socket "$lab_socket" "$@"
}

# lab_field JQ-EXPRESSION: from the daemon's own document.
lab_field()
{
	lab_status --format json | jq -r ".daemon.status | $1"
}
