#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# timed's unit beside Debian's own chrony.service under a real systemd: it is
# ready when it publishes, its readers need no rights, its sandbox lets it do its
# work, and a daemon that dies, hangs or is stopped leaves them their segment.
. /lab/units.sh

segment=/run/timed/clock

synchronized()
{
	[ "$(tt-status --format json |
		jq -r .daemon.status.clock.state)" = SYNCHRONIZED ]
}

inode()
{
	stat -c %i "$segment"
}

# of_process KEY: of timed's /proc/PID/status.
of_process()
{
	sed -n "s/^$1:[[:space:]]*//p" \
		"/proc/$(property timed MainPID)/status"
}

# as_nobody GROUPS COMMAND...: a user without rights, in these groups besides.
as_nobody()
{
	local groups=$1

	shift
	setpriv --reuid=65534 --regid=65534 --groups="$groups" -- "$@"
}

# It reads them all, and says what it does not understand.
udev_takes_rules()
{
	local said

	said=$(udevadm test /sys/devices/virtual/mem/null 2>&1)
	grep -q 'Reading rules file: .*/60-timed.rules' <<<"$said" &&
		! grep -v 'Reading rules file' <<<"$said" |
		grep 60-timed.rules
}

# The history log's writer stands still, and no signal but SIGKILL reaches it.
hang_writer()
{
	local cgroup=/sys/fs/cgroup/system.slice/timed.service/hung

	mkdir "$cgroup"
	pgrep -P "$(property timed MainPID)" -x timed-log >"$cgroup/cgroup.procs"
	echo 1 >"$cgroup/cgroup.freeze"
}

has_restarted() # TIMES
{
	[ "$(property timed NRestarts)" = "$1" ] && is_active timed
}

# All terms there are of the lone source's edges: "delay" is there where chronyd
# answers ntpdata, on its own socket.
has_last_hop()
{
	tt-status --format json |
		jq -e '.daemon.status.sources[0].terms |
			any(.name == "delay" and .hi_ns > 0)'
}

systemd-sysusers
systemd-tmpfiles --create
chrony_here
group=$(getent group _timed | cut -d: -f3)
user=$(id -u _timed)
expect "the user and the group _timed are there" test -n "$group" -a -n "$user"
expect "and the segment's directory, before timed was ever started" \
	test "$(stat -c '%a %U %G' /run/timed)" = "755 _timed _timed"
expect "udev takes the rules" udev_takes_rules
mkdir -p /etc/timed/conf.d
echo 'history = { log = "/var/log/timed/history.log"; log_interval = "1s"; };' \
	>/etc/timed/conf.d/history.conf
systemctl start timed
expect "timed is started, which it says itself" is_active timed
expect_soon 20 "it is synchronised by Debian's chronyd" synchronized
pid=$(property timed MainPID)
expect "it tells systemd how it is" \
	grep -q "SYNCHRONIZED" <<<"$(property timed StatusText)"
expect "it is _timed, and was never root" \
	test "$(of_process Uid)" = "$user	$user	$user	$user"
expect "it has no capability" test "$(of_process CapEff)" = 0000000000000000
expect "and is in no group but its own" test "$(of_process Groups)" = "$group "
expect_soon 20 "chronyd tells it of the last hop all the same" has_last_hop
expect "for it alone is let in where chronyd's socket is" \
	test "$(stat -c '%a %U %G' /run/chrony)" = "770 _chrony _timed"
expect "it cannot gain rights" test "$(of_process NoNewPrivs)" = 1
expect "its system calls are filtered" test "$(of_process Seccomp)" = 2
expect "it may not set the clock" \
	test $((0x$(of_process CapBnd) & 1 << 25)) = 0
expect "nobody but it may write where the segment is" \
	test "$(stat -c '%a %U' /run/timed)" = "755 _timed"
expect "anybody may ask for its state" \
	setpriv --reuid=65534 --regid=65534 --clear-groups \
	tt-status
judge_start

expect_code 0 "timed-wait is up when there is a bound" systemctl start timed-wait
expect "and stays so" is_active timed-wait
expect "saying how wide it is" journal_has "SYNCHRONIZED, half-width"
mkdir -p /etc/systemd/system/timed-wait.service.d
cat >/etc/systemd/system/timed-wait.service.d/narrow.conf <<-CONF
	[Service]
	Environment=MAX_UNCERTAINTY=1ns TIMEOUT=1s
CONF
systemctl daemon-reload
expect_code 1 "asked for more than there is, it fails" \
	systemctl restart timed-wait
expect "and says what there is" journal_has "not SYNCHRONIZED to 1 ns"
rm -r /etc/systemd/system/timed-wait.service.d
systemctl daemon-reload

systemctl reload timed
expect "it is there after a reload" is_active timed
expect "and the same" test "$(property timed MainPID)" = "$pid"

expect "orders are root's and the group's" \
	test "$(stat -c '%a %U %G' /run/timed/control.sock)" = \
	"660 _timed _timed"
expect_code 0 "a member of it gives one" as_nobody "$group" tt-ctl reload
expect "the journal has who did" journal_has \
	'reload, ordered by uid 65534 (nobody), pid [0-9]* (tt-ctl): 0 changes'
expect_code 1 "but cannot step" as_nobody "$group" tt-ctl step
expect_code 3 "who is none cannot even ask" as_nobody 65534 tt-ctl reload
mkdir -p /etc/timed/conf.d
echo 'discipline = "steer";' >/etc/timed/conf.d/steer.conf
expect_code 2 "to steer it has no right, and a reload says so" tt-ctl reload
expect "with what gives it" grep -q 'CAP_SYS_TIME (steer.conf' "$LAB_DIR/last.out"
rm /etc/timed/conf.d/steer.conf
install -m 644 -D "$(find /usr -path '*/doc/timed/steer.conf')" \
	/etc/systemd/system/timed.service.d/steer.conf
systemctl daemon-reload
rights=$(property timed CapabilityBoundingSet)
expect "the drop-in gives it to the unit" test "$rights" = cap_sys_time
expect "and to its user" \
	test "$(property timed AmbientCapabilities)" = cap_sys_time
rm /etc/systemd/system/timed.service.d/steer.conf
systemctl daemon-reload
first=$(inode)
kill -KILL "$pid"
expect_soon 10 "killed, it is started again" has_restarted 1
expect "and goes on in the same segment" test "$(inode)" = "$first"
expect_soon 20 "with a bound" synchronized

systemctl restart chrony
expect "chronyd takes its directory back, starts, and gives it away again" \
	test "$(stat -c '%a %U %G' /run/chrony)" = "770 _chrony _timed"
expect_soon 40 "and tells of the last hop" has_last_hop

# The machine goes to sleep: /bin/sleep stands in for the kernel.
cat >/tmp/asleep <<-'SCRIPT'
	#!/bin/sh
	tt-status --format json | jq -r '.segment.state // "none"' \
		>/tmp/asleep.state
	tt-status --format json | jq -r .daemon.status.clock.state \
		>>/tmp/asleep.state
SCRIPT
chmod 755 /tmp/asleep
drop_in systemd-suspend '[Service]' 'ExecStart=' 'ExecStart=/tmp/asleep'
systemctl enable --quiet timed-sleep
epoch=$(tt-status --format json | jq .daemon.status.clock.epoch)
systemctl start suspend.target
expect "before it sleeps readers are told that there is no bound" \
	test "$(paste -sd' ' /tmp/asleep.state)" = "none UNSYNCHRONIZED"
expect "by timed's own user" journal_has \
	"withdraw for 1min, ordered by uid $user (_timed).*: there is no bound now"
expect_soon 10 "when it has woken, they are heard" journal_has \
	"restore, ordered by uid $user (_timed).*: sources are heard"
expect_soon 20 "and there is a bound again" synchronized
expect "of another epoch" test \
	"$(tt-status --format json | jq .daemon.status.clock.epoch)" -gt "$epoch"

kill -STOP "$(property timed MainPID)"
expect_soon 30 "hung, it is killed by the watchdog and started again" \
	has_restarted 2
expect "as the journal says" journal_has "Watchdog timeout"
expect_soon 20 "and is synchronised" synchronized

expect "for what hangs at the end the unit waits 5 s" \
	test "$(property timed TimeoutStopUSec)" = 5s
expect "the writer of its history log does" hang_writer
expect_code 0 "a restart is one all the same" systemctl restart timed
expect "after it was killed" journal_has "Killing process [0-9]* (timed-log)"
expect_soon 20 "and there is a bound" synchronized

systemctl stop timed
expect "stopped, it leaves the segment to its readers" test "$(inode)" = "$first"
systemctl start timed
expect_soon 20 "and takes it up again" synchronized
expect "which is the same" test "$(inode)" = "$first"
judge_end "true time was inside throughout"

systemctl stop timed
expect_code 0 "its history log, in a folder that the unit makes, is consistent" \
	tt-audit --format json /var/log/timed/history.log
expect "over five starts, of which three after a crash" test "$(jq -r \
	'.summary | "\(.starts) \(.starts_after_crash) \(.lines_torn)"' \
	"$LAB_DIR/last.out")" = "5 3 0"
expect "it is not for everybody" \
	test "$(stat -c %a /var/log/timed/history.log)" = 640
mkdir -p /etc/timed
echo 'no_such_key = 1;' >/etc/timed/timed.conf
expect_code 1 "a wrong configuration is refused" systemctl start timed
sleep 3
expect "once: it does not heal by trying again" \
	test "$(property timed NRestarts)" = 0
expect "and the journal says where it is wrong" \
	journal_has "timed.conf:1: .*no_such_key"
