#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A soak in real time: four servers, of which one lies now and then, a chronyd, two
# daemons, and many readers of both, while faults are drawn at random. One daemon is
# killed and stopped too; the other must live through all of it, and grow in nothing.
# True time, which is this kernel's CLOCK_REALTIME, is inside at every read.
#   SOAK_SECONDS   how long (120); hours, if you like
#   SOAK_SEED      the order of the faults: printed first, and drawn where it is not set
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
: "${SOAK_SECONDS:=120}" "${SOAK_SEED:=$((RANDOM * 32768 + RANDOM))}"
export SOAK_SECONDS SOAK_SEED
lab_enter "$@"
need_chronyd

# Judges are relieved so often: what one counts is told, and its table has room.
ROUND_S=600
READERS=4
# Of what malloc(3) may keep once a flood has had it.
GROWTH_KB=1024
RSS_KB_MAX=16384

# ---- the two daemons ----

# use victim|survivor: what lab.sh's functions are about.
use()
{
	lab_segment=$LAB_DIR/$1/clock
	lab_socket=$LAB_DIR/$1/status.sock
	lab_control=$LAB_DIR/$1/control.sock
	export TT_CLOCK=$lab_segment
	daemon=$1
}

daemon_conf() # NAME [LINE...]
{
	use "$1"
	shift
	mkdir -p "$LAB_DIR/$daemon"
	lab_timed_conf "$@"
	mv "$LAB_DIR/timed.conf" "$LAB_DIR/$daemon.conf"
}

daemon_start() # NAME
{
	use "$1"
	lab_spawn "$1" "$lab_build/timed/timed" --config "$LAB_DIR/$1.conf"
	eval "pid_$1=$lab_pid"
	lab_until 10 answers || fail "the $1 that was started answers"
}

answers()
{
	lab_status
	[ $? -ne 3 ]
}

daemon_pid()
{
	eval "echo \$pid_$daemon"
}

ctl()
{
	"$lab_build/tools/tt-ctl" --socket "$lab_control" "$@" \
		>>"$LAB_DIR/ctl.log" 2>&1
}

memory_kb() # PID
{
	sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status"
}

descriptors() # PID
{
	find "/proc/$1/fd" -type l | wc -l
}

# What the greatest answers and a flood of clients cost once.
warm_up()
{
	lab_status --history=minutes >/dev/null
	lab_status --history=hours >/dev/null
	fault_flood
	lab_until 10 has_let_go 0
}

has_let_go() # DESCRIPTORS, or 0: no client is left
{
	local n

	n=$(descriptors "$(daemon_pid)")
	[ "$1" -gt 0 ] || { [ "$n" -eq "${last_n:-0}" ] || { last_n=$n; false; }; return; }
	[ "$n" -le "$1" ]
}

# ---- readers ----

relays=0
judges_start()
{
	local name

	relays=$((relays + 1))
	for name in victim survivor; do
		lab_judge_start "${name}_$relays" --segment "$LAB_DIR/$name/clock" \
			--seconds 3600 --rate 250 --threads $READERS
	done
}

judges_end() # RELAY
{
	local name

	for name in victim survivor; do
		expect_contained "${name}_$1" \
			"true time was inside at every read of the $name ($1)"
		reads=$((reads + $(lab_judge_value "${name}_$1" reads)))
	done
}

# ---- faults: each begins something and ends it ----

client_again()
{
	rm -f "$LAB_DIR/client/chronyd.sock"
	lab_client_start
	lab_until 10 test -S "$LAB_DIR/client/chronyd.sock" ||
		fail "the chronyd that was started has its socket"
}

pause() # AT-MOST, in tenths of a second
{
	local tenths=$((RANDOM % $1 + 1))

	sleep $((tenths / 10)).$((tenths % 10))
}

fault_chronyd_restart()
{
	lab_stop TERM "$lab_client_pid"
	pause 30
	client_again
}

fault_chronyd_kill()
{
	lab_stop KILL "$lab_client_pid"
	client_again
}

fault_chronyd_stop()
{
	kill -STOP "$lab_client_pid"
	pause 50
	kill -CONT "$lab_client_pid"
}

fault_chronyd_garbage()
{
	local garbage

	lab_stop KILL "$lab_client_pid"
	lab_spawn garbage "$lab_build/tests/system/garbage" udp "$lab_cmdport"
	garbage=$lab_pid
	pause 30
	lab_stop KILL "$garbage"
	client_again
}

fault_timed_kill()
{
	use victim
	kill -KILL "$pid_victim"
	lab_until 5 lab_has_ended "$pid_victim"
	pause 20
	daemon_start victim
}

fault_timed_stop()
{
	kill -STOP "$pid_victim"
	pause 50
	kill -CONT "$pid_victim"
}

fault_server_jump()
{
	kill -USR1 "$lab_liar_4"
	pause 40
	[ $((RANDOM % 2)) -eq 0 ] || kill -USR2 "$lab_liar_4"
}

fault_server_back()
{
	kill -USR2 "$lab_liar_4"
}

fault_server_gone()
{
	kill -STOP "$pid_server_1"
	pause 50
	kill -CONT "$pid_server_1"
}

fault_flood()
{
	lab_spawn flood "$lab_build/tests/system/flood" 2 500 \
		silent,junk,half,deaf,greedy,gone "$lab_socket" "$lab_control"
	lab_until 10 lab_has_ended "$lab_pid"
}

fault_reload()
{
	local level=notice

	[ $((RANDOM % 2)) -eq 0 ] || level=info
	daemon_conf "$daemon" "log_level = \"$level\";"
	kill -HUP "$(daemon_pid)"
}

fault_reload_broken()
{
	echo 'no such thing' >>"$LAB_DIR/$daemon.conf"
	kill -HUP "$(daemon_pid)"
	pause 10
	daemon_conf "$daemon"
}

fault_withdraw()
{
	ctl withdraw
	pause 20
	ctl restore
}

fault_source()
{
	ctl source disable "$(lab_address 2)"
	pause 30
	ctl source enable "$(lab_address 2)"
}

fault_rehearsal()
{
	ctl holdover start --for 10s
	pause 30
	ctl holdover stop
}

FAULTS=(chronyd_restart chronyd_kill chronyd_stop chronyd_garbage timed_kill
	timed_stop server_jump server_back server_gone flood reload
	reload_broken withdraw source rehearsal)

# ---- the soak ----

declare -A count=()

# A fault at random, at one of the two; now and then on the heels of the one before.
fault()
{
	local name=${FAULTS[RANDOM % ${#FAULTS[@]}]}

	use victim
	[ $((RANDOM % 2)) -eq 0 ] || use survivor
	count[$name]=$((${count[$name]:-0} + 1))
	echo "$SECONDS s: $name ($daemon)" >>"$LAB_DIR/faults.log"
	"fault_$name"
	[ $((RANDOM % 3)) -eq 0 ] || pause 30
}

recovers()
{
	local name

	for name in victim survivor; do
		use "$name"
		status_exits 0 || return 1
	done
}

lives() # NAME PID
{
	lab_has_ended "$2" || return 0
	fail "the $1 lives, after $SECONDS s"
}

check()
{
	local kb fds

	lives victim "$pid_victim"
	lives survivor "$pid_survivor"
	lab_until 60 recovers || fail "both are synchronised again, within 60 s"
	use survivor
	lab_until 10 has_let_go "$fds_first" ||
		fail "no descriptor is left open: $(descriptors "$pid_survivor")" \
			"after $fds_first"
	kb=$(memory_kb "$pid_survivor")
	[ "$kb" -le $((kb_first + GROWTH_KB)) ] ||
		fail "memory is flat: $kb kB after $kb_first kB"
	[ "$(memory_kb "$pid_victim")" -le $RSS_KB_MAX ] ||
		fail "the victim is below $RSS_KB_MAX kB"
}

tell()
{
	local name

	echo "   seed $SOAK_SEED, $SECONDS s, $reads reads," \
		"$(descriptors "$pid_survivor") descriptors ($fds_first at first)," \
		"$(memory_kb "$pid_survivor") kB ($kb_first at first)"
	for name in "${FAULTS[@]}"; do
		printf '%s=%d ' "$name" "${count[$name]:-0}"
	done | fold -s -w 90 | sed 's/^/   /'
	echo
}

echo "SOAK_SEED=$SOAK_SEED SOAK_SECONDS=$SOAK_SECONDS"
for k in 1 2 3; do
	lab_server $k
	eval "pid_server_$k=$lab_pid"
done
RANDOM=$SOAK_SEED
# Half a millisecond is just within what the others allow, 20 ms far off.
jumps=(500000 -500000 5000000 -20000000)
lab_liar 4 --jump-ns "${jumps[RANDOM % 4]}"
LAB_POLL=0 lab_client 1 2 3 4
for name in victim survivor; do
	daemon_conf "$name"
	daemon_start "$name"
done
expect_soon 30 "both synchronise" recovers
expect_code 1 "a truth 5 ms away would be found to be outside" \
	"$lab_build/tests/system/judge" --segment "$LAB_DIR/survivor/clock" \
	--seconds 1 --truth-offset-ns 5000000
use survivor
warm_up
fds_first=$(descriptors "$pid_survivor") kb_first=$(memory_kb "$pid_survivor")
reads=0 end=$((SECONDS + SOAK_SECONDS))
judges_start
relief=$((SECONDS + ROUND_S))
while [ "$SECONDS" -lt "$end" ]; do
	for _ in 1 2 3 4 5; do
		[ "$SECONDS" -ge "$end" ] || fault
	done
	check
	if [ "$SECONDS" -ge "$relief" ]; then
		judges_start # the new ones look before the old ones go
		judges_end $((relays - 1))
		relief=$((SECONDS + ROUND_S))
		tell
	fi
done
check
judges_end "$relays"
tell
cat "$LAB_DIR/faults.log" >"${SOAK_LOG:-/dev/null}"
echo "ok: nothing was wrong, and nothing grew, in $((SECONDS)) s"
