#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# docs/status.schema.json against what tt-status prints. (With a live timed:
# system test tt_status_formats.)

bats_require_minimum_version 1.5.0

setup() {
	# Debian's, which has Debian's modules, before any other.
	python=$(PATH=/usr/bin:$PATH command -v python3)
	"$python" -c 'import jsonschema' 2>/dev/null ||
		skip "no python3-jsonschema"
	dir=$BATS_TEST_TMPDIR
	tt_status=$BUILD/tools/tt-status
	check=$SOURCE/tests/cli/schema_check.py
	schema=$SOURCE/docs/status.schema.json
}

teardown() {
	kill -TERM "${server:-}" 2>/dev/null || true
	wait
}

@test "the schema is the one that docs/status.md makes" {
	python3 "$SOURCE/docs/status_schema.py" | cmp - "$schema" || {
		echo "run docs/status_schema.py >docs/status.schema.json"
		false
	}
}

@test "every field of docs/status.md is in it" {
	fields=$(grep -c '^| `' "$SOURCE/docs/status.md")
	[ "$fields" -gt 200 ]
	[ "$(grep -c '"description"' "$schema")" -eq $((fields + 1)) ]
}

@test "no daemon and no segment: valid" {
	run --separate-stderr "$tt_status" --segment "$dir/none" \
		--socket "$dir/none" --format json -w 1us
	[ "$status" -eq 3 ]
	run "$python" "$check" "$schema" <<<"$output"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "a daemon's infinities become null" {
	infinite='{"schema_version": 1, "raw_ns": 1, "sources": [],
		"clock": {"state": "SYNCHRONIZED", "rate_ppb": 1e999},
		"budget": {"terms": []}, "axioms": {"drift_ppb": -1e999}}'
	STATUS_DOCUMENT=$infinite python3 \
		"$SOURCE/tests/cli/status_server.py" "$dir/sock" 3>&- &
	server=$!
	for _ in $(seq 200); do [ ! -S "$dir/sock" ] || break; sleep 0.05; done
	run --separate-stderr "$tt_status" --segment "$dir/none" \
		--socket "$dir/sock" --format json
	echo "$output"
	[ "$(jq -c '.daemon.status | [.clock.rate_ppb, .axioms.drift_ppb]' \
		<<<"$output")" = "[null,null]" ]
	[[ $output != *nfinity* ]]
}

@test "the parts alone leave the others out" {
	python3 "$SOURCE/tests/cli/status_server.py" "$dir/sock" 3>&- &
	server=$!
	for _ in $(seq 200); do [ ! -S "$dir/sock" ] || break; sleep 0.05; done
	at=(--segment "$dir/none" --socket "$dir/sock")
	run --separate-stderr "$tt_status" "${at[@]}" --format json \
		--budget --sources
	[ "$(jq -c '.daemon.status | keys' <<<"$output")" = \
		'["budget","schema_version","sources"]' ]
	run "$tt_status" "${at[@]}" --sources
	[[ $output == *10.0.0.4*falseticker* ]]
	[[ $output != *"Error budget"* ]]
	[[ $output != *Axioms* ]]
	run "$tt_status" "${at[@]}" --budget --axioms
	[[ $output == *"Error budget"*Axioms* ]]
	[[ $output != *falseticker* ]]
	run "$tt_status" "${at[@]}" --format csv --sources
	[ "${#lines[@]}" -eq 5 ]
	[[ ${lines[1]} == "10.0.0.1,ntp,,,1,used,-20000,100000,-120000,80000,"* ]]
	[[ ${lines[3]} == '"a, ""quoted"" name",ntp,'* ]]
	run "$tt_status" "${at[@]}" --format csv --budget
	[ "$output" = "name,lo_ns,hi_ns
server,50000,50000
delay,30000,30000
mapping,40000,40000
history,-20000,-20000" ]
	run "$tt_status" "${at[@]}" --format csv --axioms
	[[ $output == *$'\nwander_ppb_s,20\n'* ]]
	[[ $output == *$'\nliars,\n'* ]]
}

@test "what is invalid is found" {
	"$tt_status" --segment "$dir/none" --socket "" --format json \
		>"$dir/whole" || [ $? -eq 3 ]
	for change in '.verdict = "fine"' '.more = 1' 'del(.segment.state)' \
		'.segment.half_width_ns = 1.5' '.exit_code = 4' \
		'.daemon.status = {"schema_version": 2, "raw_ns": 1}' \
		'.daemon.status = {"schema_version": 1, "raw_ns": 1,
			"leap": {}}'; do
		jq "$change" "$dir/whole" >"$dir/changed"
		run ! "$python" "$check" "$schema" <"$dir/changed"
	done
}
