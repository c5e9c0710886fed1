#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# All of the packages beside Debian's chronyd: timed is its user and publishes, programs
# compiled against libtt-dev read the time, an upgrade and a downgrade keep the segment
# and the bound of those who have it mapped, and a purge leaves nothing but the user.
. /lab/common.sh
segment=/run/timed/clock
ours="timed timed-tools libtt0 libtt-dev"
timed_pid=

no_rights=(--clear-groups --no-new-privs --bounding-set=-all)
nobody=(setpriv --reuid=65534 --regid=65534 "${no_rights[@]}")

# ---- time: Debian's chronyd, of a server that serves CLOCK_REALTIME ----

# Neither has the right to set the clock, nor tries to.
chronyd_start()
{
	cat >/tmp/server.conf <<-CONF
		local stratum 1
		allow 127.0.0.0/8
		port 1123
		cmdport 0
		bindcmdaddress /
		pidfile /tmp/server.pid
	CONF
	cat >/etc/chrony/chrony.conf <<-CONF
		server 127.0.0.1 port 1123 iburst minpoll -2 maxpoll 0
		port 0
	CONF
	chronyd -x -n -f /tmp/server.conf >/tmp/server.log 2>&1 &
	# what chrony.service and our drop-in of it make of the directory
	install -d -m 770 -o _chrony -g _chrony /run/chrony
	chronyd -x -n >/tmp/chronyd.log 2>&1 &
	lab_until 10 test -S /run/chrony/chronyd.sock || return 1
	chgrp _timed /run/chrony /run/chrony/*.sock
	chmod g+w /run/chrony/*.sock
}

# As the unit does: its directories, and no rights.
timed_start()
{
	install -d -o _timed -g _timed /var/lib/timed /var/log/timed
	setpriv --reuid=_timed --regid=_timed "${no_rights[@]}" \
		timed >>/tmp/timed.log 2>&1 &
	timed_pid=$!
}

timed_stop()
{
	kill -TERM "$timed_pid"
	wait "$timed_pid"
}

has_bound()
{
	tt-status --wait --max-uncertainty=1s --timeout="${1:-5s}"
}

inode()
{
	stat -c %i "$segment"
}

# ---- programs of others ----

# compiles NAME LINK...: a program against what libtt-dev has.
compiles()
{
	local name=$1

	shift
	cc -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -o "/tmp/$name" "$@" \
		>"/tmp/$name.err" 2>&1
}

needs_libtt() # PROGRAM
{
	objdump -p "$1" | grep -q 'NEEDED *libtt\.so\.0$'
}

needs_nothing() # PROGRAM
{
	! objdump -p "$1" | grep -q NEEDED
}

needs_libc() # PROGRAM
{
	! objdump -p "$1" | grep NEEDED | grep -v ' libc\.so'
}

programs_compile()
{
	local shared static

	read -ra shared < <(pkg-config --cflags --libs libtt)
	read -ra static < <(pkg-config --static --cflags --libs libtt)
	expect "pkg-config tells the version" \
		test "$(pkg-config --modversion libtt)" = "$upstream"
	expect "a program is linked with libtt.so" compiles shared \
		/lab/source/commit-wait.c "${shared[@]}"
	expect "and needs it by its soname" needs_libtt /tmp/shared
	expect "another with libtt.a" compiles static -static \
		/lab/source/commit-wait.c "${static[@]}"
	expect "and needs nothing" needs_nothing /tmp/static
	expect "another takes but the headers" compiles inline \
		/lab/reader_inline.c $(pkg-config --cflags libtt)
	expect "and needs libc alone" needs_libc /tmp/inline
	expect "the judge of the system tests is one such program" \
		compiles judge -I/lab/source /lab/source/{judge,steering}.c \
		/lab/source/tests/judge/{argument,judge_report,judge_widths}.c \
		"${shared[@]}" -lm -lpthread
}

programs_run()
{
	local program

	for program in shared static; do
		expect_code 0 "$program: a commit waits" "${nobody[@]}" /tmp/$program
		expect "for the width of the interval" said 'commit 3 at .*wide'
	done
	expect_code 0 "inline: the time" "${nobody[@]}" /tmp/inline
	expect "between two bounds" said '^between [0-9]* and [0-9]*$'
}

# ---- versions ----

# installed VERSION HOW FOLDER: with timed running, which the machine's systemd would
# start anew afterwards: done here by hand.
expect_version()
{
	local version=$1 how=$2 package
	local -a debs

	mapfile -t debs < <(ls "$3"/*.deb)
	expect_code 0 "apt: $how" apt install --allow-downgrades --reinstall \
		"${debs[@]}"
	for package in $ours; do
		expect "$package is $version" \
			test "$(version $package)" = "$version"
	done
	expect "the segment's inode is the same" test "$(inode)" = "$first"
	expect "timed still publishes in it" kill -0 "$timed_pid"
	expect_code 0 "and there is a bound" has_bound
	expect_code 0 "timed stops" timed_stop
	timed_start
	expect_code 0 "the new one has a bound" has_bound 30s
	expect "in the same segment" test "$(inode)" = "$first"
	expect_unchanged libtt0 libtt-dev timed-tools
	expect_code 0 "a program linked before has the time" "${nobody[@]}" /tmp/shared
}

# ---- the test ----

expect_code 0 "apt installs chronyd, a compiler, man" apt install chrony gcc \
	libc6-dev pkg-config man-db
files_before
expect_code 0 "apt installs all of the packages" apt install /lab/*.deb
expect_unchanged $ours
chronyd_start || fail "chronyd runs"
timed_start
expect_code 0 "timed has a bound" has_bound 30s
expect "it is the user _timed" \
	test "$(stat -c %U "/proc/$timed_pid")" = _timed
expect "it has no capability" grep -q '^CapEff:	0*$' \
	"/proc/$timed_pid/status"
expect "the directory that the package made is its" \
	test "$(stat -c '%a %U %G' /run/timed)" = "755 _timed _timed"
expect_code 0 "anybody may ask for its state" "${nobody[@]}" tt-status
expect "which is synchronised" said SYNCHRONIZED
expect_code 0 "and tt-ctl gives it orders" tt-ctl reload
for page in timed timed.conf tt-status tt_now; do
	expect_code 0 "man $page" man "$page"
	expect "is it" said "^NAME"
done
programs_compile
programs_run

first=$(inode)
"${nobody[@]}" /tmp/judge --seconds 600 --wait 10 >/tmp/judge.out 2>/tmp/judge.err &
judge_pid=$!
echo '# mine' >>/etc/timed/timed.conf
now=$(version timed)
/lab/repack-deb.sh 99-1 /tmp/later /lab/*.deb
expect_version 99-1 upgrade /tmp/later
expect_version "$now" downgrade /lab
expect_version "$now" reinstallation /lab
expect "what was written into the configuration stays" \
	grep -q '# mine' /etc/timed/timed.conf
kill -TERM "$judge_pid"
wait "$judge_pid"
case $? in
0) ;;
77) skip "not judged: CLOCK_REALTIME was steered beyond axiom A2" ;;
*) fail "true time was inside for a reader from before the upgrade" ;;
esac
paste -sd' ' /tmp/judge.out | fold -s -w 80
echo "ok: true time was inside for a reader from before the upgrade"

expect_code 0 "apt removes them" apt remove $ours
expect "the configuration stays" grep -q '# mine' /etc/timed/timed.conf
expect "so does what timed has learnt" test -n "$(ls /var/lib/timed)"
expect "so does the segment, for its readers" test "$(inode)" = "$first"
timed_stop
expect_gone $ours
expect "nothing in /run but the segment's directory, for its readers" \
	test "$(find /run -xdev -name '*timed*' -o -name 'tt*' | xargs)" = \
	/run/timed
expect "the user stays" id -u _timed
