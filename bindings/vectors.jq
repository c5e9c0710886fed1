# SPDX-License-Identifier: Apache-2.0
# docs/vectors/segment.json as lines, for languages without JSON:
#   VIEW CALL RAW WORD... = EARLIEST LATEST EPOCH STATE FLAGS   or = ERROR
#   ticks now TICKS WORD... = RAW
.slots[] | (.words | join(" ")) as $words | .readings[] | . as $r |
("unix", "tai" | . as $view | $r[$view] as $e |
	"\($view) \($r.call) \($r.raw_ns) \($words) = " + ($e.error //
		"\($e.earliest_ns) \($e.latest_ns) \($e.epoch) \($e.state) \($e.flags)")),
($r.ticks // empty | "ticks now \(.) \($words) = \($r.raw_ns)")
