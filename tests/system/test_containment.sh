#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# With an honest server the interval contains true time at every read; the
# server's time is this kernel's CLOCK_REALTIME, so that can be compared.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
lab_enter "$@"
need_chronyd

lab_server 1
lab_client 1
lab_timed_start
expect_soon 15 "tt-status exits 0 once synchronised" status_exits 0

# Nor would it prove anything if the judge could not say no.
judge=$lab_build/tests/system/judge
expect_code 1 "a truth 5 ms away is found to be outside" \
	"$judge" --seconds 2 --truth-offset-ns 5000000
expect_code 1 "and 5 ms behind" \
	"$judge" --seconds 2 --truth-offset-ns -5000000
expect_code 77 "a step of 10 us of CLOCK_REALTIME is not judged" \
	"$judge" --seconds 4 --pretend-step-ns 10000

lab_judge_start slow --seconds 60
lab_judge_start fast --seconds 60 --rate 0 --threads 2
sleep 20
expect_contained slow "true time was inside at each of 1000 reads a second"
expect_contained fast "and at each read of two threads that never rest"
expect "no read found the clock missing" \
	test "$(lab_judge_value slow reads)" = "$(lab_judge_value slow answers)"
expect "it stayed one epoch" test "$(lab_judge_value slow epochs)" = 1
expect "the width is of the path's order, not of a default's: under 2 ms" \
	test "$(lab_judge_value slow width_ns_median)" -lt 2000000

lab_status
expect "no axiom was found broken" \
	test "$(lab_field .counters.bound_violations)" = 0
expect "one server is said to be a single source" \
	test "$(lab_field '.clock.flags | index("SINGLE_SOURCE") != null')" = true
expect "NTP holds the bound" \
	test "$(lab_field '.clock.flags | index("NTP") != null')" = true
expect "the budget adds up at both edges" test "$(lab_field '
	.budget | [.half_width_ns, ([.terms[].lo_ns] | add),
	([.terms[].hi_ns] | add)] | unique | length')" = 1

# The segment alone, for whoever has no business with the daemon.
expect_code 0 "tt-status without asking the daemon" lab_status --socket ""
expect "shows the interval" grep -q '^True time' "$LAB_DIR/last.out"
expect_code 3 "without its socket the daemon counts as absent" \
	lab_status --socket "$LAB_DIR/nowhere"
expect "the page says what it shows instead" \
	grep -q 'gives alone' "$LAB_DIR/last.out"
