#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# No anomaly while clocks keep their bounds, whatever else happens: fixed seeds,
# half a minute. An hour: ledger soak --seconds=3600 --seed=N.
set -u
ledger=${LAB_BUILD:?the build directory}/examples/ledger/ledger
cd "$(mktemp -d)" || exit 1
trap 'rm -rf "$PWD"' EXIT
renice -n 10 $$ >/dev/null # nothing here is judged by its speed

soak() # OPTION...
{
	"$ledger" soak --round=10 --clients=8 "$@" | tee -a said
	[ "${PIPESTATUS[0]}" = 0 ] || exit 1
}
soak --seconds=20 --seed=1
soak --seconds=10 --seed=3 --store=lww
[ "$(grep -c ' 0 refused: 0 anomalies, 16 of 16 keys' said)" = 3 ] || exit 1
awk '{ ops += $5; kills += $7; pauses += $9; elections += $11 }
	END {
		print ops, kills, pauses, elections
		exit !(ops > 1000 && kills > 0 && pauses > 0 && elections >= 6)
	}' said || {
	echo "FAILED: too little happened to prove anything"
	exit 1
}
