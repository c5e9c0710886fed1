#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A fleet of five on this machine, each node with timed or a played clock, an
# exporter and an agent, in about a minute: what their clocks differ by, who is
# blamed when a bound is broken, and that of a bad path the path is.
# usage: ./demo skew
# exit: 0 as it should be; 1 it was not, or something failed; 77 it cannot run here
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/system/lab.sh
. tests/system/lab.sh
bin=$lab_build

die()
{
	printf 'demo: %s\n' "$*" >&2
	exit 1
}

headline()
{
	printf '\n== %s\n' "$*"
}

have_binaries()
{
	local b

	for b in timed/timed tools/exporter/tt-exporter tools/skew/tt-skew \
		sim/tt-sim tests/system/udprelay; do
		[ -x "$bin/$b" ] || return 1
	done
}

prepare()
{
	# A build that somebody else made and named is used as it is.
	[ -z "${LAB_BUILD:-}" ] || { have_binaries && return; }
	packaging/install-deps.sh build run test engines || have_binaries ||
		die "without these packages it cannot be built"
	lab_find_chronyd >/dev/null ||
		packaging/fetch-engines.sh >/dev/null ||
		die "no chronyd: neither .cache/chrony nor installed"
	have_binaries && return
	echo "building into build/dev (a minute, once)"
	{ { [ -e "$bin/build.ninja" ] || cmake --preset dev; } &&
		cmake --build --preset dev --target timed tt-exporter tt-skew \
			tt-sim udprelay; } >/dev/null || die "it does not build"
}

matrix()
{
	"$bin/tools/skew/tt-skew" matrix --fleet "$LAB_DIR/fleet.json"
}

judged() # how many edges of how many agents
{
	local k

	for k in $skew_nodes; do
		[ "$(skew_get "$k" /edges.json | grep -c '"result": "consistent"')" \
			= 4 ] || return 1
	done
}

accused() # K: by all others
{
	local by

	for by in $skew_nodes; do
		[ "$by" = "$1" ] || skew_get "$by" /metrics |
			grep -q "^tt_skew_accused{node=\"$(skew_target "$1")\"} 1" ||
			return 1
	done
}

path_blamed()
{
	[ "$(skew_metric 1 "tt_skew_edge_verdict{from=\"$(skew_target 1)\",to=\"$(
		skew_target 2)\",verdict=\"path\"}")" = 1 ]
}

inside()
{
	local log

	headline "five nodes, each with an exporter, an agent and its chronyd -x"
	skew_start --asymmetry 20ms || {
		echo "no route between namespaces here"
		exit 77
	}
	lab_until 60 judged || die "the agents did not judge all their edges"
	echo "all 20 edges are within what both ends' bounds allow:"
	matrix

	headline "node 5's interval leaves true time by 50 ms, and says nothing of it"
	skew_order 5 liar +50ms
	SECONDS=0
	lab_until 40 accused 5 || die "it was not found"
	echo "after $SECONDS s all others have found it out:"
	grep -h 'bound is broken' "$LAB_DIR/agent1.log" | fold -s -w 78
	grep -h ': node: ' "$LAB_DIR"/agent[1-4].log | cut -d'(' -f1
	skew_order 5 recover

	headline "the way from node 1 to node 2 becomes 120 ms longer, one way"
	echo "(a path may differ by 2 x 20 ms, as was declared)"
	skew_delay 0 120000000
	SECONDS=0
	lab_until 60 path_blamed || die "the path was not blamed"
	echo "after $SECONDS s, no node is blamed:"
	grep -h ': path: ' "$LAB_DIR/agent1.log" | fold -s -w 78
	matrix
	for log in "$LAB_DIR"/agent*.log; do
		! grep ': node: ' "$log" | grep -v "$(skew_target 5)" ||
			die "somebody innocent was blamed"
	done
}

[ -n "${LAB_MODE:-}" ] || prepare
lab_enter "$@"
[ "$LAB_MODE" != loopback ] || {
	echo "$LAB_WHY: five nodes need namespaces"
	exit 77
}
# shellcheck source=tests/system/skew_lab.sh
. tests/system/skew_lab.sh
inside
