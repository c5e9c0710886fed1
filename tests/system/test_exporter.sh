#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tt-exporter beside a real timed, beside daemons that are absent, hostile or
# broken, and under clients of every kind: correct answers, bounded memory.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
lab_enter "$@"
need_chronyd

exporter=$lab_build/tools/exporter/tt-exporter
client()
{
	"$lab_here/http_abuse.py" "$port" "$@"
}

# Start it at a free port; its pid in $exporter_pid.
exporter_start()
{
	: >"$LAB_DIR/exporter.log"
	lab_spawn exporter "$exporter" --listen 127.0.0.1:0 \
		--segment "$lab_segment" --socket "$lab_socket"
	exporter_pid=$lab_pid
	lab_until 10 grep -q 'serving at' "$LAB_DIR/exporter.log" ||
		fail "it serves"
	port=$(sed -n 's,.*serving at http://127.0.0.1:\([0-9]*\)/,\1,p' \
		"$LAB_DIR/exporter.log")
}

# metric NAME{LABELS}: its value; nothing without it.
metric()
{
	client show /metrics 2>"$LAB_DIR/head" |
		awk -v name="$1" '{ v = $NF; sub(/ [^ ]*$/, ""); if ($0 == name) print v }'
}

metric_is()
{
	[ "$(metric "$1")" = "$2" ]
}

health_is() # CODE-IS-200 WORDS
{
	client show /healthz >"$LAB_DIR/health" 2>"$LAB_DIR/head"
	[ $? -eq "$1" ] && grep -q -- "$2" "$LAB_DIR/health"
}

exporter_start
expect "nothing runs: timed_up 0" metric_is timed_up 0
expect "no uncertainty" metric_is timed_uncertainty_seconds ""
expect "/healthz: 503 and why" health_is 1 'No such file'
expect "/status.json: 503" test "$(client show /status.json 2>/dev/null |
	jq -r .error)" = "No such file or directory"

lab_server 1
lab_client 1
lab_timed_conf "history = { log = \"$LAB_DIR/log\"; log_interval = \"1s\"; };"
lab_timed_start
expect_soon 20 "it synchronises" status_exits 0
expect_soon 5 "timed_up 1" metric_is timed_up 1
expect_soon 5 "the state is there" metric_is 'timed_state{state="SYNCHRONIZED"}' 1
expect "/healthz: 200 and the width" health_is 0 '^SYNCHRONIZED, +-[0-9.]* [mun]*s$'
width=$(metric timed_uncertainty_seconds)
half_ns=$(lab_status --format json | jq .segment.half_width_ns)
echo "timed_uncertainty_seconds $width; tt-status: $half_ns ns"
expect "the width is of the size that tt-status shows" awk \
	"BEGIN { exit !($width > 0.1e-9 * $half_ns && $width < 10e-9 * $half_ns) }"
expect "the daemon's own document is passed through" test "$(
	client show /status.json 2>/dev/null | jq -r .process.pid)" = "$lab_timed_pid"

type_is() # WORDS ACCEPT
{
	client show /metrics ${2:+"$2"} 2>"$LAB_DIR/head" >"$LAB_DIR/text"
	grep -q "^content-type: $1" "$LAB_DIR/head"
}
prometheus_accepts="application/openmetrics-text;version=1.0.0,"
prometheus_accepts+="application/openmetrics-text;version=0.0.1;q=0.75,"
prometheus_accepts+="text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
expect "classic text by default" type_is 'text/plain; version=0.0.4' ''
expect "it does not end in # EOF" test "$(tail -n 1 "$LAB_DIR/text")" != "# EOF"
expect "OpenMetrics for Prometheus" type_is \
	'application/openmetrics-text; version=1.0.0' "$prometheus_accepts"
expect "it ends in # EOF" test "$(tail -n 1 "$LAB_DIR/text")" = "# EOF"

for manner in methods bodies junk huge bytewise flood idle pressed dribble deaf gone; do
	expect "clients: $manner" client $manner
done

# 1,000 at once of all kinds, who come again as soon as they are let go.
exporter_kb()
{
	sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$exporter_pid/status"
}
exporter_fds()
{
	find "/proc/$exporter_pid/fd" -type l | wc -l
}
before_kb=$(exporter_kb) most_kb=0 most_fds=0 asked_ms=$(date +%s%3N)
FLOOD_ASK=$'GET /metrics HTTP/1.1\r\n\r\n' lab_spawn flood \
	"$lab_build/tests/system/flood" 300 1000 \
	silent,junk,half,deaf,greedy,gone "tcp:$port"
flood=$lab_pid
is_answered()
{
	client show /metrics >"$LAB_DIR/text" 2>"$LAB_DIR/head"
}
sleep 1
for nth in first second third; do
	expect "amid 1,000 clients the $nth who asks is answered" is_answered
	n=$(exporter_kb) fds=$(exporter_fds)
	most_kb=$((n > most_kb ? n : most_kb))
	most_fds=$((fds > most_fds ? fds : most_fds))
done
expect "which go on" kill -0 "$flood"
echo "   in $(($(date +%s%3N) - asked_ms)) ms; $before_kb kB, then at most $most_kb," \
	"and $most_fds descriptors"
expect "memory is bounded" test "$most_kb" -le $((before_kb + 8192))
# 64 clients, and what it has open itself.
expect "descriptors are bounded" test "$most_fds" -le $((64 + 16))
lab_stop TERM "$flood"
expect "it is the same process" kill -0 "$exporter_pid"
metric timed_exporter_http_dropped_total >"$LAB_DIR/dropped"
echo "dropped: $(cat "$LAB_DIR/dropped")"
expect "and says that it dropped some" test "$(cat "$LAB_DIR/dropped")" -gt 100

expect "every number is the status document's" \
	"$lab_here/metrics_vs_status.py" "$lab_root/docs/metrics.md" \
	"http://127.0.0.1:$port"

# The page: XML, with what the daemon remembers.
page_is_whole()
{
	client show / 2>/dev/null >"$LAB_DIR/page" &&
		python3 -c 'import sys, xml.etree.ElementTree as tree
tree.parse(sys.argv[1])' "$LAB_DIR/page"
}
page_says()
{
	page_is_whole && grep -qF -- "$1" "$LAB_DIR/page"
}
expect "the page is XML" page_is_whole
for words in 'the last hour by the second' 'the last day by the minute' \
	'>10.77.1.1<' 'SYNCHRONIZED (was UNSYNCHRONIZED)' 'Axioms in force' \
	'http-equiv="refresh"'; do
	expect "and has: $words" page_says "$words"
done
lab_status --report "$LAB_DIR/report.html" >/dev/null
expect "tt-status --report has the same sections but the seconds" test "$(
	grep -o '<h2>.*</h2>' "$LAB_DIR/report.html")" = "$(
	grep -o '<h2>.*</h2>' "$LAB_DIR/page" | grep -v 'by the second')"

# A daemon that dies, and what it leaves in the segment.
kill -KILL "$lab_timed_pid"
expect_soon 5 "killed: timed_up 0" metric_is timed_up 0
expect "no uncertainty" metric_is timed_uncertainty_seconds ""
expect "no state" metric_is 'timed_state{state="SYNCHRONIZED"}' ""
expect "what programs read is still told" test \
	-n "$(metric timed_segment_uncertainty_seconds)"
expect "/healthz: 503" health_is 1 'refused'

lab_timed_start
expect_soon 20 "restarted: timed_up 1" metric_is timed_up 1
has_uncertainty()
{
	[ -n "$(metric timed_uncertainty_seconds)" ]
}
expect_soon 20 "with its uncertainty" has_uncertainty
# CLOCK_REALTIME is true time in here: every instant's intervals contain 0.
instants_are_true()
{
	client show /instants.json 2>/dev/null | jq -e '
		.instants | length >= 3 and (map(select(length == 7)) |
		length >= 2 and all(.[4] <= 0 and .[5] >= 0 and
			.[2] <= .[6] and .[3] >= .[6]))'
}
expect_soon 10 "each second's interval is served, and true" instants_are_true
metric_is_below() # NAME{LABELS} NUMBER
{
	metric "$1" | awk -v most="$2" '{ n++; bad = $1 > most } END { exit !n || bad }'
}
expect "so is the scrape's, below" metric_is_below \
	'timed_realtime_interval_seconds{scale="unix",edge="lo"}' 0
kill -STOP "$lab_timed_pid"
expect_soon 10 "stopped: timed_up 0" metric_is timed_up 0
expect "/healthz says why" health_is 1 'did not answer within 2 s'
expect "404 needs no daemon" test "$(client show /nowhere 2>/dev/null)" = \
	"there are /, /metrics, /status.json, /healthz and /instants.json"
kill -CONT "$lab_timed_pid"
expect_soon 10 "continued: timed_up 1" metric_is timed_up 1
kill -TERM "$lab_timed_pid"
expect_soon 5 "it ends" metric_is timed_up 0

# A segment that has run out, and nobody who renews it.
lab_timed_conf 'void_after = "10s";'
lab_timed_start
soon_void()
{
	metric timed_segment_void_in_seconds |
		awk '{ is = $1 < 11 } END { exit !is }' && has_uncertainty
}
expect_soon 20 "a bound that is void after 10 s" soon_void
kill -KILL "$lab_timed_pid"
expect_soon 30 "killed: it runs out" metric_is 'timed_segment_state{state="VOID"}' 1
expect "no program gets a width, nor is one shown" metric_is \
	timed_segment_uncertainty_seconds ""
expect "/healthz: 503" health_is 1 refused
no_width_is_shown()
{
	client show / 2>/dev/null >"$LAB_DIR/page" &&
		! grep -q 'class="wide"' "$LAB_DIR/page" &&
		grep -q 'NO DAEMON' "$LAB_DIR/page"
}
expect "the page has no width either" no_width_is_shown
counts_errors()
{
	[ "$(metric 'timed_segment_read_errors_total{error="ESTALE"}')" -gt 0 ]
}
expect_soon 5 "readings without an interval are counted" counts_errors

# Daemons that talk nonsense: it is as if there were none.
for manner in junk empty cut trailing array version hollow deep types slow \
	flood silent; do
	lab_spawn "bad-$manner" "$lab_build/tests/system/badsocket" \
		"$lab_socket" $manner
	bad=$lab_pid
	lab_until 5 grep -q ready "$LAB_DIR/bad-$manner.log"
	sleep 0.6
	expect "a daemon that is $manner: timed_up 0" metric_is timed_up 0
	expect "and no state" metric_is 'timed_state{state="SYNCHRONIZED"}' ""
	client show /healthz 2>/dev/null
	expect "the page is whole" grep -q '</html>' <(client show / 2>/dev/null)
	kill -KILL "$bad"
done
expect "it lives" kill -0 "$exporter_pid"

hwm_kib=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$exporter_pid/status")
echo "its memory was never more than $hwm_kib KiB"
expect "memory is bounded" test "$hwm_kib" -lt 32768
no_descriptor_is_lost()
{
	[ "$(find "/proc/$exporter_pid/fd" -type l | wc -l)" -le 10 ]
}
expect_soon 15 "and no descriptor is lost" no_descriptor_is_lost
kill -TERM "$exporter_pid"
gone()
{
	! kill -0 "$exporter_pid"
}
expect_soon 5 "SIGTERM ends it" gone
