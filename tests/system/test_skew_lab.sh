#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tt-skew's agents on a fleet of five with real chronyds, timed, exporters and a
# real Prometheus (skew_lab.sh): nobody is accused while all is well; a node
# whose bound is broken is found and blamed by all within two rounds, and by
# itself; of a path made asymmetric the path is blamed, and no node; a fleet
# file that is broken changes nothing.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
lab_enter "$@"
need_chronyd
need_namespaces
. "$(dirname "$0")/skew_lab.sh"
start=$SECONDS

for prometheus in "$lab_root/.cache/prometheus/usr/bin" /usr/bin; do
	[ ! -x "$prometheus/prometheus" ] || [ ! -x "$prometheus/promtool" ] ||
		break
	prometheus=
done
[ -n "$prometheus" ] || skip "no prometheus: packaging/fetch-engines.sh"

# Each agent has judged all its edges, twice.
all_judged()
{
	local k

	for k in $skew_nodes; do
		skew_get "$k" /edges.json | jq -e '.edges | length == 4 and
			all(.result == "consistent")' || return 1
		[ "$(skew_metric "$k" 'tt_skew_checks_total{result="consistent"}')" \
			-ge 8 ] || return 1
	done
}

nobody_is_accused()
{
	local k

	for k in $skew_nodes; do
		! skew_get "$k" /metrics | grep '^tt_skew_accused' || return 1
	done
}

# The clocks are one clock: every offset is 0 within its error.
edges_are_true()
{
	local k

	for k in $skew_nodes; do
		skew_get "$k" /edges.json | jq -e '.edges | all(
			(.offset_ns | fabs) <= .error_ns)' >/dev/null || return 1
	done
}

# By these nodes, K is blamed and nobody else.
accused_by() # K BY...
{
	local k=$1 by

	shift
	for by in "$@"; do
		[ "$(skew_get "$by" /metrics | sed -n 's/^tt_skew_accused//p')" = \
			"{node=\"$(skew_target "$k")\"} 1" ] || return 1
	done
}

edge() # FROM TO MORE-LABELS: as Prometheus writes them
{
	echo "{from=\"$(skew_target "$1")\",to=\"$(skew_target "$2")\",$3}"
}

verdict_is() # FROM TO VERDICT
{
	[ "$(skew_metric "$1" \
		"tt_skew_edge_verdict$(edge "$1" "$2" "verdict=\"$3\"")")" = 1 ]
}

query() # EXPRESSION: its values, one a line
{
	"$prometheus/promtool" query instant http://127.0.0.1:9090 "$1" 2>&1 |
		sed -n 's/.* => \([^ ]*\) @.*/\1/p'
}

answers() # EXPRESSION VALUE
{
	[ "$(query "$1")" = "$2" ]
}

fires() # ALERT MORE-LABELS
{
	answers "count(ALERTS{alertname=\"$1\",alertstate=\"firing\"$2}) > bool 0" 1
}

fires_not()
{
	! fires "$1" ""
}

skew_start --asymmetry 20ms || skip "no route between namespaces"
contrib=$lab_root/contrib/prometheus
for file in timed-rules.yml timed-alerts.yml prometheus-skew.yml; do
	sed -E 's/^( +for:) .*/\1 1s/; s/(_interval:) 15s/\1 1s/
		s/\[5m\]/[20s]/
		s,/etc/prometheus/fleet.json,'"$LAB_DIR/fleet.json"',' \
		"$contrib/$file" >"$LAB_DIR/$file"
done
lab_spawn prometheus "$prometheus/prometheus" \
	--config.file "$LAB_DIR/prometheus-skew.yml" \
	--storage.tsdb.path "$LAB_DIR/tsdb" --web.listen-address 127.0.0.1:9090

expect_soon 60 "every agent judges all its edges" all_judged
expect "no edge is further off than its error" edges_are_true
expect_soon 30 "Prometheus has all 20 edges, by the fleet's own file" \
	answers 'count(tt_skew_edge_offset_seconds)' 20
expect "and their stamps are the kernel's" answers \
	'count(tt_skew_edge_info{stamping="kernel",kind="hard"})' 20
expect "nothing proves a bound broken" test \
	"$(skew_sum 'tt_skew_checks_total{result="violated"}')" = 0
expect "nobody is accused" nobody_is_accused
expect "probes are authenticated by a key" grep -q ' key 1$' \
	"$LAB_DIR/skew1/sources/peers.sources"
for alert in TimedSkewBoundBroken TimedSkewPath TimedSkewUndecided \
	TimedSkewBlind; do
	expect_soon 30 "$alert does not fire" fires_not $alert
done
# The map of the truth: five clocks that are one.
map_is_true()
{
	"$skew_agent" "$@" --format json | jq -e '(.nodes | length == 5) and
		(.nodes | all((.offset_ns | fabs) < 1000000))'
}
expect "the map from the agents is true" map_is_true solve \
	--fleet "$LAB_DIR/fleet.json"
expect "so is the one from Prometheus" map_is_true solve \
	--prometheus http://127.0.0.1:9090
expect "and the matrix has all edges" test 21 = \
	"$("$skew_agent" matrix --fleet "$LAB_DIR/fleet.json" --format csv | wc -l)"

# --- node 5's interval leaves true time by 50 ms; the way from node 1 to node 2
# --- is slow, evenly
before=$(skew_sum tt_skew_rounds_total)
skew_delay 60000000 60000000
skew_order 5 liar +50ms
expect_soon 40 "a lying node is blamed by all others" accused_by 5 1 2 3 4
after=$(skew_sum tt_skew_rounds_total)
expect_soon 10 "and by itself" accused_by 5 5
# The round that was under way, one whose probes may be from before (when one was
# made is known to 3 s, and rounds are short here), and two; one to spare.
expect "within two rounds of probes: $((after - before)) of five agents in all" \
	test $((after - before)) -le 25
expect_soon 20 "the alert fires, and names it" fires TimedSkewBoundBroken \
	",node=\"$(skew_target 5)\""
expect "no other does" answers \
	'count(ALERTS{alertname="TimedSkewBoundBroken",alertstate="firing"})' 1
expect "no path is blamed" test \
	"$(skew_sum 'tt_skew_verdicts_total{verdict="path"}')" = 0
expect "its log has both intervals" grep -q \
	'a bound is broken, by 4[0-9.]* ms: .*here \[.*there \[' \
	"$LAB_DIR/agent1.log"
slow_and_consistent()
{
	skew_get 1 /edges.json | jq -e --arg to "$(skew_target 2)" '.edges |
		map(select(.to == $to))[0] |
		.delay_ns > 119000000 and .result == "consistent"'
}
expect_soon 20 "an even delay of 120 ms accuses nobody" slow_and_consistent

# --- it recovers; now the way from node 1 to node 2 is slow one way only; a file
# --- of members that is being written, and a chronyd that ends
verdicts=$(skew_sum 'tt_skew_verdicts_total{verdict="node"}')
skew_order 5 recover
skew_delay 0 120000000
head -c 60 "$LAB_DIR/fleet.json" >"$LAB_DIR/fleet3.json"
kill -KILL "$skew_probe_4"
refused()
{
	[ "$(skew_metric 3 tt_skew_fleet_last_reload_successful)" = 0 ]
}
expect_soon 10 "half a file is refused" refused
expect "and said to be" grep -q \
	'fleet3.json: it ends in the middle; .*; the fleet stays as it was' \
	"$LAB_DIR/agent3.log"
expect "the fleet stays" test "$(skew_metric 3 tt_skew_fleet_nodes)" = 5
is_blind()
{
	[ "$(skew_metric 4 tt_skew_chronyd_up)" = 0 ] &&
		! skew_get 4 /healthz 2>/dev/null
}
expect_soon 20 "an agent whose chronyd is gone says so" is_blind
expect_soon 20 "and the alert does" fires TimedSkewBlind \
	",instance=\"$(skew_target 4)\""
expect_soon 50 "the path that is uneven is blamed" verdict_is 1 2 path
expect_soon 20 "the alert says so" fires TimedSkewPath ""
recovered() # by all who still see it
{
	local k

	for k in 1 2 3 5; do
		! skew_get "$k" /metrics | grep '^tt_skew_accused' || return 1
	done
}
expect_soon 20 "no node is accused any more" recovered
expect "nor was one anew" test \
	"$(skew_sum 'tt_skew_verdicts_total{verdict="node"}')" = "$verdicts"
# --- an agent that probes all, and can hold none of it against its own bound
kill -KILL "$skew_exporter_3"
# --- members from the DNS, of which a small server is here
cat >"$LAB_DIR/dns.py" <<'PY'
import socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 53))
print("ready", flush=True)
while True:
    q, who = s.recvfrom(512)
    end = q.index(0, 12) + 5
    def srv(host, port):
        name = b"".join(bytes([len(p)]) + p for p in host.encode().split(b".")) + b"\0"
        return struct.pack(">HHHIHHHH", 0xC00C, 33, 1, 60, 6 + len(name), 0, 0, port) + name
    rr = srv("n1.lab", 10123) + srv("n2.lab", 9999)
    known = b"\x08_tt-skew" in q
    s.sendto(q[:2] + struct.pack(">HHHHH", 0x8400 if known else 0x8403, 1, 2 * known, 0, 0)
             + q[12:end] + rr * known, who)
PY
lab_spawn dns python3 "$LAB_DIR/dns.py"
lab_until 5 grep -q ready "$LAB_DIR/dns.log"
echo "nameserver 127.0.0.1" >"$LAB_DIR/resolv.conf"
mount --bind "$LAB_DIR/resolv.conf" "$(readlink -f /etc/resolv.conf)" ||
	fail "resolv.conf cannot be covered"
mkdir -m 0700 "$LAB_DIR/srv"
lab_spawn srv "$skew_agent" agent --srv _tt-skew._tcp.lab --self n1.lab:10123 \
	--dir "$LAB_DIR/srv" --listen 127.0.0.1:10199
has_srv()
{
	grep -q 'server n2.lab port 11123' "$LAB_DIR/srv/sources/peers.sources"
}
expect_soon 10 "SRV records are a fleet" has_srv
lab_spawn srv2 "$skew_agent" agent --srv _none._tcp.lab --self n1.lab:10123 \
	--dir "$LAB_DIR/srv" --listen 127.0.0.1:10198
expect_soon 10 "a name without is told" grep -q \
	'SRV records of _none._tcp.lab: .*; there is no fleet yet' \
	"$LAB_DIR/srv2.log"
expect_soon 60 "an agent whose exporter is gone is blind, with all else well" \
	fires TimedSkewBlind ",instance=\"$(skew_target 3)\""
expect "its chronyd answers" test "$(skew_metric 3 tt_skew_chronyd_up)" = 1
echo "took $((SECONDS - start)) s"
