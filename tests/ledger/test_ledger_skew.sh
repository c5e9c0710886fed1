#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A liar whose clock is slow passes the guard of the others: what it sends is
# from the past, and nobody is surprised by that. Its store is broken, which the
# checker finds; tt-skew's agents on the same three clocks blame it, and nobody
# else (tests/system/skew_lab.sh).
. "$(dirname "$0")/../system/lab.sh"
. "$(dirname "$0")/../system/expect.sh"
lab_enter "$@"
need_chronyd
need_namespaces
. "$(dirname "$0")/../system/skew_lab.sh"
skew_nodes="1 2 3" # the ledger's 0, 1 and 2

clocks_are_there()
{
	[ -e "$LAB_DIR/ledger/n0/clock" ] && [ -e "$LAB_DIR/ledger/n1/clock" ] &&
		[ -e "$LAB_DIR/ledger/n2/clock" ]
}

# No node of the three but node 2 is blamed, and it by both others.
blamed()
{
	local by

	for by in 1 3; do
		[ "$(skew_get "$by" /metrics | sed -n 's/^tt_skew_accused//p')" = \
			"{node=\"$(skew_target 2)\"} 1" ] || return 1
	done
}

"$lab_build/examples/ledger/ledger" run --clients=4 --seconds=40 \
	--guard=tell --liar=1:-50ms --dir="$LAB_DIR/ledger" \
	>"$LAB_DIR/ledger.log" 2>&1 &
ledger=$!
expect_soon 20 "the ledger has its clocks" clocks_are_there
echo 1 >/proc/sys/net/ipv4/ip_forward || skip "no route between namespaces"
cat >"$LAB_DIR/fleet.json" <<-JSON
	[ { "targets": ["$(skew_target 1)", "$(skew_target 2)", "$(skew_target 3)"] } ]
JSON
skew_keys
for k in $skew_nodes; do
	lab_net "$k"
	nsenter --target "$(eval "echo \$lab_net_$k")" --net \
		ip route add default via "10.77.$k.2"
	ln -s "ledger/n$((k - 1))" "$LAB_DIR/node$k"
	cp "$LAB_DIR/fleet.json" "$LAB_DIR/fleet$k.json"
done
for k in $skew_nodes; do
	skew_node "$k"
done
expect_soon 37 "both other nodes' agents blame the slow liar alone" blamed
wait "$ledger"
expect "the checker finds what it did" test $? = 1
said=$LAB_DIR/ledger.log
expect "reads were stale" grep -Eq '^stale read +[1-9]' "$said"
expect "no node's guard has anything against it" \
	test "$(grep -c 'messages of node 1,' "$said")" = 0
expect "its own finds the others' times beyond its latest" \
	grep -Eq '^guard +node 1 noticed' "$said"
