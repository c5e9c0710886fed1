# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the tests in the booted lab have in common.
. /lab/expect.sh
. /lab/words.sh
LAB_DIR=/tmp

fail()
{
	echo "FAILED: $*"
	cat /tmp/judge.* 2>/dev/null
	journalctl --no-pager --lines 40 --output cat
	exit 1
}

lab_until() # SECONDS COMMAND...
{
	local end=$((SECONDS + $1))

	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.2
	done
}

# journal_has PATTERN: of all that was said until now.
journal_has()
{
	journalctl --sync
	journalctl --no-pager --output cat | grep -q "$1"
}

# Debian's chrony.service, and a server for it that serves CLOCK_REALTIME: that
# is true time here. chronyd has no right to set it, nor tries to.
chrony_here()
{
	ip link set lo up
	systemd-run --quiet --unit=server /lab/ntpserver --bind 127.0.0.1 \
		--port 1123
	cat >/etc/chrony/chrony.conf <<-CONF
		server 127.0.0.1 port 1123 iburst minpoll -2 maxpoll 0
		pidfile /run/chrony/chronyd.pid
		port 0
	CONF
	echo 'DAEMON_OPTS="-x"' >/etc/default/chrony
	drop_in chrony '[Unit]' 'ConditionCapability='
	systemctl start chrony
	expect "chronyd runs from Debian's unit" is_active chrony
}

# The judge of containment, without rights, beside what follows.
judge_start()
{
	setpriv --reuid=65534 --regid=65534 --clear-groups \
		/lab/judge --seconds 600 >/tmp/judge.out 2>/tmp/judge.err &
	judge_pid=$!
}

judge_end() # CLAIM
{
	kill -TERM "$judge_pid"
	wait "$judge_pid"
	case $? in
	0) ;;
	77) skip "not judged: CLOCK_REALTIME was steered beyond axiom A2" ;;
	*) fail "$1" ;;
	esac
	paste -sd' ' /tmp/judge.out | fold -s -w 100
	echo "ok: $1"
}
