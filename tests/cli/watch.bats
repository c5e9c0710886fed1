#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# tt-status --watch on a real terminal, tmux's: what is drawn at 80x24, what is
# left at 40x10, and that the terminal is given back. BUILD names the build.

bats_require_minimum_version 1.5.0

setup() {
	command -v tmux >/dev/null || skip "no tmux"
	dir=$BATS_TEST_TMPDIR
	export TMUX_TMPDIR=$dir LC_ALL=C.UTF-8
	unset TMUX NO_COLOR
	mkfifo "$dir/orders"
	"$BUILD/sim/tt-sim" serve "$dir/clock" --scenario lan --seed 1 \
		--half-width 100us --truth "$dir/truth" \
		--commands "$dir/orders" >"$dir/sim.log" 2>&1 3>&- &
	sim=$!
	serves ""
}

teardown() {
	tmux kill-server 2>/dev/null || true
	kill -TERM "${sim:-}" "${server:-}" 2>/dev/null || true
	wait
}

# serves DOCUMENT: from now on; "": status_server.py's own
serves() {
	[ -z "${server:-}" ] || kill -KILL "$server"
	rm -f "$dir/sock"
	(
		[ -z "$1" ] || export STATUS_DOCUMENT=$1
		exec python3 "$SOURCE/tests/cli/status_server.py" "$dir/sock"
	) 3>&- &
	server=$!
}

# watch COLUMNS ROWS [ARG...]: in a shell of its own, which is there after it.
watch() {
	local columns=$1 rows=$2

	shift 2
	# a server of its own: one that is told to end is there for a while
	TMUX_TMPDIR=$(mktemp -d "$dir/tmux.XXXXXX")
	until_true test -S "$dir/sock"
	until_true "$BUILD/tools/tt-status" --segment "$dir/clock" --socket ""
	tmux -f /dev/null new-session -d -x "$columns" -y "$rows" \
		"env PS1='back> ' sh"
	tmux send-keys "${before:-true}; stty -a | md5sum >$dir/stty1" Enter
	until_true test -s "$dir/stty1"
	tmux send-keys "'$BUILD/tools/tt-status' --watch --interval 100ms \
--segment '$dir/clock' --socket '$dir/sock' $*" Enter
}

# 30 s: patience, not a limit.
until_true() {
	for _ in $(seq 600); do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.05
	done
	echo "in vain: $*"
	tmux capture-pane -p
	return 1
}

screen_has() {
	tmux capture-pane -p | grep -qE -- "$1"
}

shows() {
	until_true screen_has "$1"
}

is_in_shell() {
	[ "$(tmux display-message -p '#{pane_current_command}')" = sh ]
}

# is_given_back CODE: the terminal's settings and its main screen are as before.
is_given_back() {
	until_true is_in_shell
	tmux send-keys "echo code \$?" Enter
	shows "^code $1"
	tmux send-keys "stty -a | md5sum >$dir/stty2" Enter
	until_true test -s "$dir/stty2"
	cmp "$dir/stty1" "$dir/stty2"
	[ "$(tmux display-message -p '#{alternate_on} #{cursor_flag}')" = "0 1" ]
}

@test "80x24: all of it, and q gives the terminal back" {
	watch 80 24 -w 150us -c 200us
	shows '^SYNCHRONIZED  \+-100\.[0-9] us'
	shows '^Interval +c\.+w\.+\|█+\+█+\|\.+w\.+c$'
	shows '^ +-200\.0 us +0 +\+200\.0 us$'
	# 50 + 30 + 40 us on 67 columns: 28, 17 and 22
	shows '^Budget +S{28}D{17}M{22}$'
	shows '^  Server 50\.00 us    Delay 30\.00 us     Mapping 40\.00 us   History -20'
	shows '[▁▂▃▄▅▆▇█]{10}$'
	shows '^State +={10,}$'
	shows '^Sources +-500\.0 us +0 +\+500\.0 us$'
	# -120 to 80 us is the interval itself; 49 columns, 20.8 us each
	shows '^10\.0\.0\.1 +\[====\+====\] +used$'
	shows '^10\.0\.0\.2 +\[-+=+\+=+-+\] +used$'
	shows '^10\.0\.0\.4 +░+ +> falseticker$'
	shows '^q quits'
	tmux send-keys q
	is_given_back 0
}

# The daemon's own seven: what did not fit in one row, History, was left out.
@test "every term of the budget is in its legend, on as many rows as it takes" {
	serves "$(PYTHONPATH=$SOURCE/tests/cli python3 -B -c '
import json
from status_server import DOCUMENT

DOCUMENT["budget"]["terms"] = [
    {"name": name, "lo_ns": ns, "hi_ns": -1} for name, ns in {
        "server": 2, "delay": 21530, "stamp": 262, "mapping": 84,
        "counter": 48, "history": 5000, "leap": 0}.items()]
print(json.dumps(DOCUMENT))')"
	watch 80 24
	shows '^  Server 2 ns +Delay 21\.53 us +Stamp 262 ns +Mapping 84 ns$'
	shows '^  Counter 48 ns +History 5\.000 us$'
	shows '^Half-width'
	tmux resize-window -x 70 -y 20
	shows '^  Mapping 84 ns +Counter 48 ns +History 5\.000 us$'
	shows '^10\.0\.0\.1 '
}

@test "40x10: the state, and what size is wanted; it grows and shrinks" {
	watch 40 10
	shows '^SYNCHRONIZED  \+-100\.[0-9] us'
	shows '^40x10 is too small for more:'
	tmux resize-window -x 80 -y 24
	shows '^Sources'
	tmux resize-window -x 70 -y 20
	shows '^Sources'
	tmux resize-window -x 12 -y 2
	shows '^SYNCHRONIZED'
	tmux resize-window -x 120 -y 40
	shows '^Interval'
	tmux resize-window -x 40 -y 10
	shows '^40x10 is too small'
	tmux send-keys q
	is_given_back 0
}

@test "signals end it, and the terminal is given back" {
	for signal in INT TERM HUP QUIT; do
		watch 80 24
		shows '^Interval'
		kill -"$signal" "$(pgrep -P "$(tmux display-message -p \
			'#{pane_pid}')")"
		is_given_back $((128 + $(kill -l "$signal")))
		tmux kill-server
		rm -f "$dir"/stty[12]
	done
}

@test "Ctrl-C ends it" {
	watch 80 24
	shows '^Interval'
	tmux send-keys C-c
	is_given_back 130
}

@test "the daemon and the clock may die and come back" {
	watch 80 24
	shows 'used$'
	kill -KILL "$server"
	rm -f "$dir/sock"
	shows '^! .*No such file'
	shows '^State +=+\?+$'
	python3 "$SOURCE/tests/cli/status_server.py" "$dir/sock" 3>&- &
	server=$!
	shows 'used$'
	echo holdover >"$dir/orders"
	shows '^HOLDOVER'
	shows '^State .*=+h+$'
	echo unsynchronized >"$dir/orders"
	shows '^UNSYNCHRONIZED'
	shows '^Interval +there is none'
	tmux send-keys q
	is_given_back 0
}

@test "NO_COLOR: none; ASCII where the locale is; lines for a dumb terminal" {
	before="export NO_COLOR=1 LC_ALL=C"
	watch 80 24
	shows '^Interval +\.*\|=+\+=+\|\.*$'
	tmux capture-pane -p -e >"$dir/screen"
	run ! grep -qE $'\033\\[[0-9;]*3[0-7]m' "$dir/screen"
	tmux capture-pane -p >"$dir/screen"
	run ! env LC_ALL=C grep -q '[^ -~]' "$dir/screen"
	tmux send-keys q
	is_given_back 0
	tmux kill-server
	rm -f "$dir"/stty[12]
	before="export TERM=none-such"
	watch 80 24
	shows 'cannot be drawn on'
	shows 'TIMED OK: SYNCHRONIZED'
	tmux send-keys C-c
	is_given_back 130
}

is_green() {
	tmux capture-pane -p -e | grep -qE $'\033\\[[0-9;]*32m'
}

@test "it is in colour where it may be" {
	watch 80 24
	until_true is_green
	tmux send-keys q
	is_given_back 0
}
