#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What timed remembers, over a kill: the ring that tt-status --history shows, the
# page that --report makes of it, and the log that tt-audit replays and finds
# consistent; and that it finds what was changed in it.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
lab_enter "$@"
need_chronyd

log=$LAB_DIR/log/history.log
audit()
{
	"$lab_build/tools/tt-audit" "$@"
}
summary() # JQ-EXPRESSION: of what was said last
{
	jq -r "$1" "$LAB_DIR/last.out"
}
samples_taken() # NUMBER: from the first source
{
	above '.sources[0].samples' "$1"
}
written() # NUMBER of lines
{
	above .history_log.lines "$1"
}

mkdir "$LAB_DIR/log"
lab_server 1
lab_server 2
lab_client 1 2
lab_timed_conf "history = { log = \"$log\"; log_interval = \"1s\"; };"
lab_timed_start
expect_soon 30 "it synchronises" status_exits 0
expect_soon 20 "lines are written" written 6

# What docs/operations.md would have kept elsewhere.
anchor=$(lab_field '.history_log | "\(.sequence + 1) \(.sha256)"')
expect "its hash is that of the line" test "${anchor#* }" = \
	"$(sed -n "${anchor% *}p" "$log" | tr -d '\n' | sha256sum |
		cut -d ' ' -f 1)"

# The ring.
expect_code 0 "--history" lab_status --history
expect "has a minute" grep -q 'SYNCHRONIZED' "$LAB_DIR/last.out"
expect_code 0 "in JSON" lab_status --history --format json
begun=$(summary '.records[0].raw_ns')
was=$(summary '[.records[].state_ns.SYNCHRONIZED // 0] | add')
expect "with time in that state" test "$was" -gt 0

# Killed, the writer ends by itself with all that it was given.
lab_stop KILL "$lab_timed_pid"
killed_at=$(date -u +%Y-%m-%dT%H:%M:%S.%NZ)
expect_soon 5 "its lines are all there" audit "$log"
before=$(wc -l <"$log")
lab_timed_start
expect_soon 30 "it synchronises again" status_exits 0
expect_soon 20 "and goes on writing" written 4

expect_code 0 "--history of both lives" lab_status --history --format json
expect "the minute is the same" test "$(summary '.records[0].raw_ns')" = \
	"$begun"
expect "and goes on" test \
	"$(summary '[.records[].state_ns.SYNCHRONIZED // 0] | add')" -gt "$was"

# The page: XML but for its first line, and nothing is fetched.
page=$LAB_DIR/page.html
expect_code 0 "--report" lab_status --report "$page"
well_formed()
{
	PATH=/usr/bin:$PATH python3 - "$page" <<-'PYTHON'
	import html.parser, sys

	VOID = {"meta", "link", "br", "hr", "img", "input", "col"}

	class Page(html.parser.HTMLParser):
	    stack, seen = [], set()
	    def handle_starttag(self, tag, attrs):
	        self.seen.add(tag)
	        for name, value in attrs:
	            if name in ("src", "href") and not value.startswith("#"):
	                sys.exit("it fetches %s" % value)
	        if tag not in VOID:
	            self.stack.append(tag)
	    def handle_startendtag(self, tag, attrs):
	        self.seen.add(tag)
	    def handle_endtag(self, tag):
	        if not self.stack or self.stack.pop() != tag:
	            sys.exit("</%s> closes nothing, line %d" %
	                     (tag, self.getpos()[0]))

	page = Page()
	text = open(sys.argv[1], encoding="utf-8").read()
	page.feed(text)
	page.close()
	if page.stack:
	    sys.exit("not closed: %s" % page.stack)
	if not {"html", "svg", "table"} <= page.seen or "script" in page.seen:
	    sys.exit("it has %s" % page.seen)
	if "url(" in text or "@import" in text:
	    sys.exit("it fetches something")
	PYTHON
}
expect "is well-formed, and needs nothing else" well_formed
expect "it names the source" grep -q "$(lab_address 1)" "$page"

# The log of both lives.
lab_stop TERM "$lab_timed_pid"
expect "lines were added" test "$(wc -l <"$log")" -gt "$before"
expect "its mode is 0640" test "$(stat -c %a "$log")" = 640
audit --quiet "$log"
expect_code 0 "tt-audit" audit --format json --at "$killed_at" "$log"
expect "it is consistent" test "$(summary .verdict)" = consistent
expect "over pairs of intervals" test "$(summary .summary.pairs_checked)" -ge 8
expect "of one boot and two starts" test \
	"$(summary '.summary | "\(.boots) \(.starts) \(.starts_after_crash)"')" \
	= "1 2 1"
expect "with the gap in which nothing ran" test "$(summary \
	'[.notes[] | select(.kind == "gap")] | length')" -ge 1
expect "while which the last bound aged" test "$(summary \
	'.at | "\(.known) \(.state) \(.between_runs)"')" = \
	"true SYNCHRONIZED true"
expect "by no less than it was" test "$(summary .at.half_width_ns)" -ge \
	"$(summary .summary.half_width_ns.min)"
expect_code 0 "the future" audit --format json --at 2100-01-01T00:00:00Z "$log"
expect "is unknown" test "$(summary .at.known)" = false

# A disk that is full: nothing is torn, nothing waits but the lines.
fill_the_disk()
{
	local disk=$LAB_DIR/disk small was

	mkdir "$disk"
	mount -t tmpfs -o size=96k tmpfs "$disk" || skip "no tmpfs"
	small=$disk/history.log
	lab_timed_conf "history = { log = \"$small\"; log_interval = \"1s\"; };"
	lab_timed_start
	expect_soon 20 "lines are written to a small disk" written 2
	head -c 200000 /dev/zero >"$disk/full" 2>/dev/null
	expect_soon 20 "until it is full, which is said" test_error \
		"No space left on device"
	expect_soon 10 "with the lines that wait" above \
		.history_log.lines_waiting 1
	expect_soon 5 "and by a metric" metric_is timed_history_log_healthy 0
	expect "while the writer lives" metric_is \
		timed_history_log_writer_alive 1
	expect_code 0 "tt-status" lab_status
	expect "tells of them" grep -q '^History log .*lines wait$' \
		"$LAB_DIR/last.out"
	was=$(lab_field .segment.sequence)
	expect_soon 10 "publishing goes on" above .segment.sequence $((was + 10))
	rm "$disk/full"
	expect_soon 20 "it is written again" test_error null
	expect_soon 10 "no line waits" test_waits 0
	expect "nothing was lost" metric_is timed_history_log_lines_lost_total 0
	rm "$small"
	expect_soon 10 "removed, it is begun anew" test -s "$small"
	expect_soon 10 "its lines are counted as lost" above \
		.history_log.lines_lost 1
	expect_soon 5 "and the log says so" grep -q 'somebody moved, removed or cut' \
		"$LAB_DIR/timed.log"
	lab_stop TERM "$lab_timed_pid"
	expect_code 0 "tt-audit" audit --format json "$small"
	expect "no line was lost or torn" test "$(summary \
		'.summary | "\(.lines_lost) \(.lines_torn) \(.gaps)"')" = "0 0 0"
}
test_error() # WORDS
{
	[ "$(lab_field .history_log.error)" = "$1" ]
}
test_waits() # LINES
{
	[ "$(lab_field .history_log.lines_waiting)" -le "$1" ]
}
metric_is() # NAME VALUE: what tt-exporter shows
{
	"$lab_build/tools/exporter/tt-exporter" --once --segment "$lab_segment" \
		--socket "$lab_socket" | grep -qx "$1 $2"
}
[ "$LAB_MODE" = loopback ] || fill_the_disk

# Every field that docs/history.md has.
fields() # KIND
{
	local field

	for field in $(sed -n "/^| in every line/,/^$/p; /^\*\*$1\*\*/,/^\*\*l/p" \
		"$lab_root/docs/history.md" | grep '^| `' | cut -d '|' -f 2 |
		tr -d '`[],'); do
		jq -es "[.[] | select(.kind == \"$1\")] | length > 0 and
			all(.[]; has(\"$field\"))" "$log" >/dev/null || {
			echo "a line of kind $1 has no $field"
			return 1
		}
		echo "$field"
	done | grep -c . >"$LAB_DIR/last.out"
	[ "${PIPESTATUS[0]}" -eq 0 ] && [ "$(cat "$LAB_DIR/last.out")" -ge 13 ]
}
expect "its lines have the fields that are documented" fields bound

# It is found when it does not hold.
sed '4s/"latest_tai_ns":1/"latest_tai_ns":2/' "$log" >"$LAB_DIR/changed"
expect_code 1 "a digit that was changed" audit "$LAB_DIR/changed"
sed 4d "$log" >"$LAB_DIR/missing"
expect_code 1 "a line that was taken out" audit "$LAB_DIR/missing"
head -c 3000 /dev/urandom | cat "$log" - "$log" >"$LAB_DIR/junk"
expect_code 2 "junk in it" audit "$LAB_DIR/junk"
