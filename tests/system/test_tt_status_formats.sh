#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tt-status in every format against a timed that lives on a real chronyd: its JSON
# by docs/status.schema.json, its OpenMetrics by Prometheus' own parser, one
# table for each part, --wait, and --watch without a terminal.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
lab_enter "$@"

[ -n "$lab_chronyd" ] || {
	echo "no chronyd: packaging/fetch-engines.sh"
	exit 77
}
# Debian's, which has Debian's modules, before any other.
python=$(PATH=/usr/bin:$PATH command -v python3)
"$python" -c 'import jsonschema, prometheus_client' 2>/dev/null || {
	echo "no python3-jsonschema or no python3-prometheus-client"
	exit 77
}

valid()
{
	"$python" "$lab_here/../cli/schema_check.py" \
		"$lab_root/docs/status.schema.json" <"$LAB_DIR/last.out"
}
openmetrics()
{
	"$python" -c '
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
names = {f.name for f in text_string_to_metric_families(sys.stdin.read())}
sys.exit(not names >= {"timed_up", "timed_uncertainty_seconds", "timed_source"})
' <"$LAB_DIR/last.out"
}
lines() # of what was said last
{
	wc -l <"$LAB_DIR/last.out"
}

lab_server 1
lab_server 2
lab_client 1 2
"$lab_build/tools/tt-status" --wait --timeout=60s >"$LAB_DIR/waited" &
waiter=$!
lab_timed_start
wait $waiter
expect "--wait ends with 0 when timed has a bound" test $? -eq 0
expect "and says so" grep -q '^SYNCHRONIZED, half-width' "$LAB_DIR/waited"
expect_code 2 "--wait for 1 ns" "$lab_build/tools/tt-status" --wait \
	--max-uncertainty=1ns --timeout=1s

expect_code 0 "json" lab_status --format json
expect "which is valid" valid
expect "and whole" test "$(jq '.daemon.status | length' "$LAB_DIR/last.out")" \
	-gt 15
for part in budget sources axioms; do
	expect_code 0 "json of $part" lab_status --format json --$part
	expect "which is valid" valid
	expect "and has it" jq -e ".daemon.status.$part | length > 1" \
		"$LAB_DIR/last.out"
	expect "alone" test \
		"$(jq '.daemon.status | length' "$LAB_DIR/last.out")" -eq 3
	expect_code 0 "csv of $part" lab_status --format csv --$part
	expect "a table" test "$(lines)" -ge 3
	expect_code 0 "text of $part" lab_status --$part
done
expect_code 0 "openmetrics" lab_status --format openmetrics
expect "which Prometheus reads" openmetrics
expect_code 0 "check_tt" "$lab_build/tools/check_tt" --socket "$lab_socket" \
	-w 1s -c 2s
expect "one line" test "$(lines)" -eq 1
expect "with both sources" grep -q \
	'TIMED OK: SYNCHRONIZED, .* 2 of 2 sources used.* sources=2;;;0 used=2' \
	"$LAB_DIR/last.out"
for format in text json csv openmetrics nagios; do
	expect_code 2 "too wide, $format" lab_status --format $format -c 1ns
done
expect_code 124 "--watch" timeout 3 "$lab_build/tools/tt-status" --watch \
	--interval 200ms --socket "$lab_socket"
expect "goes on" test "$(lines)" -ge 3
lab_stop KILL "$lab_timed_pid"
for format in text json csv openmetrics nagios; do
	expect_code 3 "killed, $format" lab_status --format $format -w 1s
done
expect_code 3 "killed, JSON" lab_status --format json
expect "which is valid" valid
