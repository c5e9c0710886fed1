#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tt-ctl against a timed that lives on a real chronyd: each order and what comes
# of it, who may give it, clients that mean harm; the interval contains true time
# all the while. Steering is not tried here, on a clock that is not ours: it is
# refused, as timed has no right to it.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
lab_enter "$@"

tt_ctl=$lab_build/tools/tt-ctl
ctl()
{
	"$tt_ctl" --socket "$lab_control" "$@"
}
says() # TEXT: in what was said last
{
	grep -qF -- "$1" "$LAB_DIR/last.out"
}
logged() # TEXT...: in a line of the daemon's
{
	grep -F -- "$1" "$LAB_DIR/timed.log" | grep -qF -- "${2:-}"
}

expect_code 0 "--help" "$tt_ctl" --help
expect_code 0 "--version" "$tt_ctl" --version
expect_code 64 "no command" "$tt_ctl"
expect_code 64 "an unknown command" "$tt_ctl" frobnicate
expect_code 64 "half a command" "$tt_ctl" source disable
expect_code 64 "a word too many" "$tt_ctl" step now
expect_code 64 "a duration without a unit" "$tt_ctl" holdover start --for 5
expect_code 64 "a duration where none belongs" "$tt_ctl" step --for 5s
expect_code 64 "an unknown format" "$tt_ctl" --format yaml step
expect_code 3 "nobody is there" ctl reload
expect "it says what to look at" says "does timed run"

# Something else is there.
for manner in junk empty cut array hollow silent flood; do
	lab_spawn "bad-$manner" "$lab_build/tests/system/badsocket" \
		"$lab_control" $manner
	bad=$lab_pid
	lab_until 5 grep -q ready "$LAB_DIR/bad-$manner.log"
	expect_code 3 "a daemon that is $manner" timeout 30 "$tt_ctl" \
		--socket "$lab_control" reload
	kill -KILL "$bad"
	rm -f "$lab_control"
done

need_chronyd
lab_server 1
lab_client 1
# A group for it, where this lab has a mount namespace to have it in.
members=
if [ "$(id -u)" -eq 0 ] && [ "$LAB_MODE" = netns ]; then
	members=54321
	{
		grep -v '^_timed:' /etc/group
		echo "_timed:x:$members:"
	} >"$LAB_DIR/group"
	mount --bind "$LAB_DIR/group" /etc/group || fail "no bind mount"
fi
# Without the right to set clocks, whatever the lab may do; and in the group, as the
# unit's user is: it keeps no right to give files to groups that are not its own.
lab_timed_conf
drop=()
[ "$(id -u)" -ne 0 ] ||
	drop=(setpriv --bounding-set -sys_time --inh-caps -sys_time
		--groups "${members:-0}" --)
lab_spawn timed "${drop[@]}" \
	"$lab_build/timed/timed" --config "$LAB_DIR/timed.conf"
lab_timed_pid=$lab_pid
expect_soon 15 "it synchronises" status_exits 0
lab_judge_start all --seconds 150 --rate 20
source=$(lab_field '.sources[0].name')

expect_code 1 "a step in observe mode" ctl step
expect "it says what helps" says 'set discipline = "steer" and reload'
expect "who asked is logged" logged "step, ordered by uid $(id -u)" "(tt-ctl)"

# A reload says what came of it.
expect_code 0 "a reload of nothing new" ctl reload
lab_timed_conf 'publish_interval = "50ms";' 'oscillator = "ocxo";' \
	'discipline = "steer";'
expect_code 2 "a reload in part" ctl reload
expect "what was taken over" says "publish_interval: 50ms, was 100ms"
expect "what needs a restart" says "oscillator: needs a restart"
expect "what there is no right to, and what helps" says "CAP_SYS_TIME"
expect "the old mode stays" \
	test "$(lab_field .steering.discipline)" = observe
echo 'no such thing' >>"$LAB_DIR/timed.conf"
expect_code 1 "a reload of a broken file" ctl reload
expect "it says where" says "timed.conf:"
lab_timed_conf

# The log level.
expect_code 0 "debug" ctl log-level debug
expect "it is in force" test "$(lab_field .process.log_level)" = debug
expect_code 0 "and back by a reload" ctl reload
expect "it is" test "$(lab_field .process.log_level)" = notice
expect_code 1 "a level that is none" ctl log-level loud

# A source.
expect_code 1 "an unknown source" ctl source disable 192.0.2.99
expect_code 0 "a source is disabled" ctl source disable "$source"
expect "it is shown" test "$(lab_field '.sources[0].disabled')" = true
ignored()
{
	above '.sources[0].samples_ignored' "$1"
}
expect_soon 20 "its samples are not used" ignored 0
expect_code 0 "over a reload" ctl reload
expect "it stays so" test "$(lab_field '.sources[0].disabled')" = true
expect_soon 60 "it is as if silent" status_exits 1
expect "HOLDOVER" test "$(lab_field .clock.state)" = HOLDOVER
expect_code 1 "no rehearsal of what is so already" ctl holdover start
expect_code 0 "it is enabled" ctl source enable "$source"
expect_soon 30 "and used again" status_exits 0

# A rehearsal.
epoch=$(lab_field .clock.epoch)
expect_code 1 "nothing to stop" ctl holdover stop
expect_code 0 "holdover is rehearsed" ctl holdover start --for 10min
expect_code 1 "once at a time" ctl holdover start
expect_soon 60 "it goes to HOLDOVER" status_exits 1
lab_status >"$LAB_DIR/last.out"
expect "tt-status says what it is" says "of holdover since"
expect "no line over 80 columns" \
	test -z "$(awk 'length > 80' "$LAB_DIR/last.out")"
compared()
{
	above '.rehearsal.sources[0].samples' 1
}
expect_soon 40 "what the source says is held against it" compared
expect_code 0 "it is ended" ctl holdover stop
cat "$LAB_DIR/last.out"
expect "nothing contradicted the bound" says "no sample contradicted the bound"
expect_soon 30 "the source is taken on again" status_exits 0
expect "within the same epoch" test "$(lab_field .clock.epoch)" = "$epoch"
expect_code 0 "one that ends by itself" ctl holdover start --for 2s
over()
{
	[ "$(lab_field .rehearsal.end_reason)" = "its time was over" ]
}
expect_soon 10 "does" over

# Before a sleep. The reader sees it when the order is done.
expect_code 64 "nobody withdraws for ever" ctl withdraw --for 1
expect_code 1 "nothing to restore" ctl restore
epoch=$(lab_field .clock.epoch)
expect_code 0 "the bound is withdrawn" ctl withdraw
expect_code 2 "there is none, at once" lab_status
expect "nor does it come back by what sources say" \
	test "$(sleep 3; lab_field .clock.state)" = UNSYNCHRONIZED
expect_code 0 "it is restored" ctl restore
expect_soon 30 "and comes back" status_exits 0
expect "in another epoch" test "$(lab_field .clock.epoch)" -gt "$epoch"
expect_code 0 "who forgets to restore it" ctl withdraw --for 2s
expect_soon 30 "has it back all the same" status_exits 0
expect "as the log says" logged "no longer withdrawn: its time was over"

# Who may.
chmod 0755 "$LAB_DIR"
if [ -n "$members" ]; then
	expect "the socket is root's and the group's" \
		test "$(stat -c %a:%u:%g "$lab_control")" = "660:0:$members"
	# A copy that anyone may read: a checkout may be below /root.
	cp "$tt_ctl" "$LAB_DIR/tt-ctl" && tt_ctl=$LAB_DIR/tt-ctl
	cp -P "$lab_build"/libtt/libtt.so* "$LAB_DIR"
	export LD_LIBRARY_PATH=$LAB_DIR
	as_nobody()
	{
		setpriv --reuid=65534 --regid=65534 --clear-groups -- \
			"$tt_ctl" --socket "$lab_control" "$@"
	}
	as_member()
	{
		setpriv --reuid=65534 --regid=65534 --groups=5,$members -- \
			"$tt_ctl" --socket "$lab_control" "$@"
	}
	expect_code 3 "nobody cannot even connect" as_nobody reload
	expect "it says who can" says "only root and the group _timed"
	chmod 0666 "$lab_control"
	expect_code 1 "and if the file lets him" as_nobody reload
	expect "he is refused" says "only root"
	expect "which is logged" logged "uid 65534" "refused"
	chmod 0660 "$lab_control"
	expect_code 0 "a member may give orders" as_member log-level info
	expect_code 1 "but not step" as_member step
	expect "which is root's" says "only root may step the clock"
	umount /etc/group
	echo 'control_socket = "";' >>"$LAB_DIR/timed.conf"
	sed -i '/control_socket = "\//d' "$LAB_DIR/timed.conf"
	expect_code 0 "the socket goes by a reload over itself" ctl reload
	gone()
	{
		[ ! -e "$lab_control" ]
	}
	expect_soon 5 "it has gone" gone
	lab_timed_conf
	kill -HUP "$lab_timed_pid"
	back()
	{
		[ -S "$lab_control" ]
	}
	expect_soon 5 "and comes back" back
	expect "without the group it is root's alone" \
		test "$(stat -c %a:%u:%g "$lab_control")" = 660:0:0
	expect "which the log says" logged "there is no group _timed"
fi

# Clients that mean harm do none.
for _ in $(seq 60); do
	head -c 100 /dev/urandom
	echo
done >"$LAB_DIR/junk"
raw() # FILE
{
	timeout 5 python3 - "$lab_control" "$1" <<-'PY'
		import socket, sys
		for line in open(sys.argv[2], "rb").read().split(b"\n"):
		    s = socket.socket(socket.AF_UNIX)
		    s.connect(sys.argv[1])
		    s.sendall(line[:2000] + b"\n")
		    answer = b""
		    while chunk := s.recv(4096):
		        answer += chunk
		    assert b'"done":false' in answer, answer
	PY
}
head -c 100000 /dev/zero | tr '\0' x >"$LAB_DIR/long"
expect "junk is answered" raw "$LAB_DIR/junk"
lines=$(grep -c refused "$LAB_DIR/timed.log")
expect "and not all of it logged ($lines lines)" test "$lines" -lt 50
hold() # so many who say nothing
{
	timeout 20 python3 - "$lab_control" "$1" <<-'PY' &
		import socket, sys, time
		all = []
		for i in range(int(sys.argv[2])):
		    s = socket.socket(socket.AF_UNIX)
		    s.connect(sys.argv[1])
		    all.append(s)
		time.sleep(15)
	PY
}
hold 40
expect_soon 10 "the silent are let go" ctl log-level notice
expect "and the clock went on" status_exits 0
kill $! 2>/dev/null
expect_contained all "true time was inside all the while"
