#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Our codec reads of a real chronyd what chronyc reads of it, figure by figure:
# servers over IPv4 and IPv6, one that never answers, a name that does not
# resolve, a reference clock.
# usage: cmdmon_vs_chronyc.sh CMDMON-DUMP
set -euo pipefail

# shellcheck source=tests/system/chronyd.sh
. "$(dirname "$0")/chronyd.sh"
dump=${1:?usage: cmdmon_vs_chronyc.sh CMDMON-DUMP}

chronyd_need
cmdport=$((20000 + $$ % 20000))
ntpport=$((cmdport + 1))
servers=("server 127.0.0.1 port $ntpport minpoll -2 maxpoll -2 xleave")
allow=("allow 127.0.0.0/8")
if [ -e /proc/net/if_inet6 ] && grep -q ' lo$' /proc/net/if_inet6; then
	servers+=("server ::1 port $ntpport minpoll 0 maxpoll 0")
	allow+=("allow ::1")
fi
chronyd_start server "port $ntpport" "local stratum 1" "${allow[@]}"
chronyd_start client "cmdport $cmdport" "${servers[@]}" \
	"server 127.0.0.77 port $ntpport minpoll 1 maxpoll 1 offline" \
	"server no-such-name.invalid" \
	"refclock SOCK $(chronyd_dir client)/ref.sock refid TST"
chronyc()
{
	chronyd_client client -c "$@"
}
# until it tracks a server, and has an old enough history for every figure
for _ in $(seq 100); do
	case $(chronyc tracking) in
	*,Normal) break ;;
	esac
	sleep 0.2
done
sleep 2

# between BEFORE OURS AFTER: every field of OURS is that of BEFORE or AFTER, or
# a number between them: some figures move as we look. "?" is a figure that is
# not in the reply.
between()
{
	awk -F, -v before="$1" -v ours="$2" -v after="$3" '
	function bad(i) { printf "field %d: %s, not within %s %s\n", \
		i, o[i], b[i], a[i]; failed = 1 }
	BEGIN {
		n = split(before, b, ","); m = split(ours, o, ",")
		k = split(after, a, ",")
		if (n != m || n != k) {
			printf "%d fields, not %d\n", m, n; exit 1
		}
		for (i = 1; i <= n; i++) {
			if (o[i] == b[i] || o[i] == a[i] || o[i] == "?")
				continue
			if (b[i] !~ /^-?[0-9.]+$/ || o[i] !~ /^-?[0-9.]+$/)
				bad(i)
			else if ((o[i] - b[i]) * (o[i] - a[i]) > 0)
				bad(i)
		}
		exit failed
	}'
}

# agrees REPORT PORT SOCKET: in some try before, ours and after belong
# together; an update of chronyd between them ends a try.
agrees()
{
	local report=$1 port=$2 socket=$3 before ours after i ok why=
	local -a b o a

	for _ in $(seq 40); do
		before=$(chronyc "$report")
		ours=$("$dump" "$port" "$socket" "$report")
		after=$(chronyc "$report")
		mapfile -t b <<<"$before"
		mapfile -t o <<<"$ours"
		mapfile -t a <<<"$after"
		ok=1
		[ ${#b[@]} -eq ${#o[@]} ] || ok=
		for i in "${!b[@]}"; do
			why=$(between "${b[i]}" "${o[i]:-}" "${a[i]:-}") ||
				{ ok=; break; }
		done
		[ -z "$ok" ] || {
			echo "$report over ${socket:-UDP}: ${#o[@]} lines agree"
			return 0
		}
	done
	printf '%s over %s: %s\nbefore\n%s\nours\n%s\nafter\n%s\n' "$report" \
		"${socket:-UDP}" "$why" "$before" "$ours" "$after"
	return 1
}

socket=$(chronyd_dir client)/chronyd.sock
agrees tracking "$cmdport" ""
agrees sources "$cmdport" ""
agrees tracking "$cmdport" "$socket"
agrees sources "$cmdport" "$socket"
agrees ntpdata "$cmdport" "$socket"

# ntpdata over UDP: refused, and said to be so
if refusal=$("$dump" "$cmdport" "" ntpdata 2>&1); then
	echo "ntpdata over UDP was answered"
	exit 1
fi
[ "$refusal" = "cmdmon-dump: Permission denied" ] || {
	echo "ntpdata over UDP: $refusal"
	exit 1
}
# nothing of ours is left beside chronyd's socket
left=$(find "$(chronyd_dir client)" -name 'timed.*')
[ -z "$left" ] || { echo "left behind: $left"; exit 1; }
echo "all agree"
