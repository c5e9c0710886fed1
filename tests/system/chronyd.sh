# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Private chronyd instances for tests: a server that claims to be a reference,
# and clients of it. All run with -x: this machine's clock is never touched.
# A test sources this file; everything it starts ends with it, by pid.
#
#   chronyd_need                    finds the binaries or ends the test (77)
#   chronyd_start NAME ARG...       a chronyd with these directives, one each
#   chronyd_stop NAME               ends it and waits for its end
#   chronyd_client NAME ARG...      chronyc for it, over its Unix socket
#   chronyd_wait NAME SECONDS       until it has a measured source
#   chronyd_dir NAME                its directory: chronyd.sock, log
#
# NAME's NTP and cmdmon ports are directives (port, cmdport); without them it
# serves neither.

chronyd_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
chronyd_root=$(cd "$chronyd_here/../.." && pwd)
chronyd_tmp=
declare -A chronyd_pid=()

chronyd_skip()
{
	echo "SKIP: $*"
	exit 77
}

chronyd_need()
{
	local cache=$chronyd_root/.cache/chrony

	CHRONYD_BIN=${TT_CHRONYD:-$cache/usr/sbin/chronyd}
	CHRONYC_BIN=${TT_CHRONYC:-$cache/usr/bin/chronyc}
	"$CHRONYD_BIN" --version >/dev/null 2>&1 ||
		chronyd_skip "no chronyd that runs at $CHRONYD_BIN" \
			"(packaging/fetch-engines.sh unpacks one)"
	"$CHRONYC_BIN" --version >/dev/null 2>&1 ||
		chronyd_skip "no chronyc that runs at $CHRONYC_BIN"
	[ "$(id -u)" -eq 0 ] ||
		chronyd_skip "chronyd starts as root only, and this is not root"
	# its Unix socket wants a short path that nobody else can write to
	chronyd_tmp=$(mktemp -d /tmp/chronyd.XXXXXX)
	chmod 0711 "$chronyd_tmp"
	trap chronyd_end EXIT
	trap 'exit 130' INT TERM
}

chronyd_dir()
{
	echo "$chronyd_tmp/$1"
}

chronyd_start()
{
	local name=$1 dir=$chronyd_tmp/$1
	shift

	mkdir -m 0700 -p "$dir"
	printf '%s\n' "bindcmdaddress $dir/chronyd.sock" \
		"pidfile $dir/pid" "driftfile $dir/drift" "dumpdir $dir" \
		"port 0" "cmdport 0" "$@" >"$dir/conf"
	"$CHRONYD_BIN" -x -d -u root -f "$dir/conf" >>"$dir/log" 2>&1 &
	chronyd_pid[$name]=$!
	for _ in $(seq 100); do
		[ ! -S "$dir/chronyd.sock" ] || return 0
		kill -0 "${chronyd_pid[$name]}" 2>/dev/null || break
		sleep 0.05
	done
	echo "chronyd $name did not start:" >&2
	cat "$dir/log" >&2
	return 1
}

chronyd_stop()
{
	local pid=${chronyd_pid[$1]:-}

	[ -n "$pid" ] || return 0
	unset "chronyd_pid[$1]"
	kill -CONT "$pid" 2>/dev/null || true
	kill -TERM "$pid" 2>/dev/null || true
	for _ in $(seq 40); do
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.05
	done
	kill -KILL "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || true
}

chronyd_end()
{
	local name

	for name in "${!chronyd_pid[@]}"; do
		chronyd_stop "$name"
	done
	[ -z "$chronyd_tmp" ] || rm -rf "$chronyd_tmp"
}

chronyd_client()
{
	local dir=$chronyd_tmp/$1
	shift

	timeout 5 "$CHRONYC_BIN" -n -h "$dir/chronyd.sock" "$@"
}

chronyd_wait()
{
	local name=$1 seconds=$2

	for _ in $(seq $((seconds * 5))); do
		# reach is the 6th column, octal
		if chronyd_client "$name" -c sources 2>/dev/null |
		   awk -F, '$6 == 0 { bad = 1 } END { exit NR == 0 || bad }'; then
			return 0
		fi
		sleep 0.2
	done
	echo "chronyd $name has measured nothing in $seconds s:" >&2
	cat "$chronyd_tmp/$name/log" >&2
	return 1
}
