#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A real Prometheus, with the rules of contrib/prometheus, scrapes a real
# exporter of a real timed: the numbers are the daemon's, an alert fires when it
# is killed, and ends when it is back. Only the rules' patience is shortened.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
lab_enter "$@"
need_chronyd
need_namespaces

for dir in "$lab_root/.cache/prometheus/usr/bin" /usr/bin; do
	[ ! -x "$dir/prometheus" ] || [ ! -x "$dir/promtool" ] || break
	dir=
done
[ -n "$dir" ] || skip "no prometheus: packaging/fetch-engines.sh"

query() # EXPRESSION: its values, one a line
{
	"$dir/promtool" query instant http://127.0.0.1:9090 "$1" 2>&1 |
		sed -n 's/.* => \([^ ]*\) @.*/\1/p'
}

answers() # EXPRESSION VALUE
{
	[ "$(query "$1")" = "$2" ]
}

fires()
{
	answers "count(ALERTS{alertname=\"$1\",alertstate=\"firing\"})" 1
}

fires_not()
{
	! fires "$1"
}

lab_server 1
lab_client 1
mkdir "$LAB_DIR/audit"
lab_timed_conf "history = { log = \"$LAB_DIR/audit/log\"; log_interval = \"1s\"; };"
lab_timed_start
expect_soon 20 "it synchronises" status_exits 0
# The port that the scrape configuration names.
lab_spawn exporter "$lab_build/tools/exporter/tt-exporter" \
	--segment "$lab_segment" --socket "$lab_socket"
exporter_pid=$lab_pid

contrib=$lab_root/contrib/prometheus
for file in timed-rules.yml timed-alerts.yml prometheus.yml; do
	sed -E 's/^( +for:) .*/\1 1s/; s/(_interval:) 15s/\1 1s/' \
		"$contrib/$file" >"$LAB_DIR/$file"
done
lab_spawn prometheus "$dir/prometheus" --config.file "$LAB_DIR/prometheus.yml" \
	--storage.tsdb.path "$LAB_DIR/tsdb" --web.listen-address 127.0.0.1:9090
expect_soon 60 "Prometheus scrapes it" answers 'up{job="timed"}' 1
expect_soon 20 "the daemon is up" answers timed_up 1
expect_soon 20 "in its state" answers 'timed_state{state="SYNCHRONIZED"}' 1

same_pid_counts()
{
	local before now after

	before=$(lab_field .counters.publications)
	sleep 1.1
	now=$(query timed_publications_total)
	after=$(lab_field .counters.publications)
	[ "$before" -le "${now:-0}" ] && [ "$now" -le "$after" ]
}
expect_soon 30 "a counter is what the daemon says" same_pid_counts
expect_soon 10 "the source has its name" answers \
	'count(timed_source_verdict{verdict="used",class="ntp",source="10.77.1.1"})' 1
width_is_sane()
{
	query timed_uncertainty_seconds | awk '{ exit !($1 > 1e-8 && $1 < 1e-2) }'
}
expect_soon 10 "the half-width is one" width_is_sane
expect_soon 10 "readings are counted into buckets" answers \
	'timed_half_width_seconds_bucket{le="+Inf"} > bool 3' 1
expect_soon 30 "a rule makes a quantile of them" answers \
	'timed:half_width_seconds:p99_5m > bool 0' 1
expect_soon 10 "the host is within its budget" answers timed:within_budget 1
took_openmetrics() # where alone a counter's family has no _total
{
	python3 -c 'import sys, urllib.request as u
print(u.urlopen("http://127.0.0.1:9090/api/v1/metadata").read().decode())' |
		jq -e '.data.timed_samples[0].type == "counter" and
			.data.timed_uncertainty_seconds[0].unit == "seconds"'
}
expect_soon 10 "Prometheus asked for OpenMetrics, and took it" took_openmetrics
promtool_agrees()
{
	python3 -c 'import urllib.request as u
print(u.urlopen("http://127.0.0.1:10123/metrics").read().decode(), end="")' \
		>"$LAB_DIR/metrics" &&
		[ -z "$("$dir/promtool" check metrics <"$LAB_DIR/metrics" 2>&1)" ]
}
expect "promtool has nothing to object to in what is served" promtool_agrees
dashboard_shows()
{
	"$lab_here/dashboard_queries.py" "$contrib/grafana-timed.json" \
		http://127.0.0.1:9090 >"$LAB_DIR/dashboard.log"
}
expect_soon 40 "every query of the dashboard is taken, and gives something" \
	dashboard_shows
cat "$LAB_DIR/dashboard.log"
for alert in TimedDown TimedUnsynchronized TimedOverBudget TimedDisputed \
	TimedHistoryLogLost TimedHistoryLogUnhealthy TimedSegmentUnusable; do
	expect "$alert does not fire" fires_not $alert
done

writer=$(pgrep -P "$lab_timed_pid" -x timed-log)
expect "the history log has a writer" test -n "$writer"
kill -KILL "$writer"
expect_soon 30 "killed: TimedHistoryLogLost fires" fires TimedHistoryLogLost

# Programs that had it open go on; the daemon is well.
rm "$lab_segment"
expect_soon 30 "the segment removed: TimedSegmentUnusable fires" \
	fires TimedSegmentUnusable
expect "TimedDown does not" fires_not TimedDown

has_instants() # with a bound: the last of them has all seven numbers
{
	python3 -c 'import urllib.request as u
print(u.urlopen("http://127.0.0.1:10123/instants.json").read().decode())' |
		jq -e '.instants[-1] | length == 7' &&
		grep -q " $lab_segment\$" "/proc/$exporter_pid/maps"
}
kill -KILL "$lab_timed_pid"
lab_timed_start
expect_soon 60 "timed makes another, and synchronises anew" status_exits 0
expect_soon 30 "the alert ends" \
	fires_not TimedSegmentUnusable
expect_soon 30 "and the agents of other nodes get that one's bound" has_instants
expect_soon 30 "and the half-width is back" width_is_sane

kill -KILL "$lab_timed_pid"
expect_soon 30 "killed: TimedDown fires" fires TimedDown
expect_soon 10 "the half-width is gone, not stale" answers \
	'count(timed_uncertainty_seconds) or vector(0)' 0
expect "what programs are told is not" answers \
	'count(timed_segment_uncertainty_seconds)' 1
expect "TimedOverBudget does not fire beside it" fires_not TimedOverBudget
expect "nor does TimedSegmentUnusable" fires_not TimedSegmentUnusable
expect_soon 10 "the host is not within its budget" answers timed:within_budget 0

lab_timed_start
expect_soon 30 "restarted: TimedDown ends" fires_not TimedDown
expect_soon 30 "and the half-width is back" width_is_sane

kill -KILL "$lab_client_pid"
expect_soon 60 "chronyd killed: TimedDriverUnhealthy fires" \
	fires TimedDriverUnhealthy
expect_soon 60 "TimedHoldover fires" fires TimedHoldover
