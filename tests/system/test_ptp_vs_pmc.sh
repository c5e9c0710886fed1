#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Our codec reads of a real ptp4l what pmc reads of it, figure by figure.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
. "$(dirname "$0")/ptp_lab.sh"
lab_enter "$@"
need_ptp4l

sets="DEFAULT_DATA_SET CURRENT_DATA_SET PARENT_DATA_SET
	TIME_PROPERTIES_DATA_SET PORT_DATA_SET TIME_STATUS_NP"

# In pmc's names and notation, less what our codec does not read, and less the
# zeros behind the points.
by_pmc()
{
	local id
	local -a gets=()

	for id in $sets; do
		gets+=("GET $id")
	done
	ptp_pmc ptp "${gets[@]}" |
		awk '/sending:|RESPONSE/ { next } { print $1, $2 }' |
		sed 's/\.0$//' | grep -v -E -e '^(twoStepFlag|priority[12]) ' \
		-e '^(parentStats|observedParent.*|grandmasterPriority[12]) ' \
		-e '^logMinPdelayReqInterval ' \
		-e '^(versionNumber|cumulative.*|scaledLast.*|gmTime.*) ' \
		-e '^lastGmPhaseChange '
}

by_us()
{
	"$lab_build/tests/system/ptp-dump" "$LAB_DIR/ptp.uds" \
		"$LAB_DIR/ours" 0
}

# The same before, by us and after; a Sync in between ends a try.
agree()
{
	by_pmc >"$LAB_DIR/before"
	by_us >"$LAB_DIR/by_us"
	by_pmc >"$LAB_DIR/after"
	cmp -s "$LAB_DIR/before" "$LAB_DIR/after" &&
		cmp -s "$LAB_DIR/before" "$LAB_DIR/by_us"
}

ptp_wire 1
ptp_master 1 "logSyncInterval 1" "logMinDelayReqInterval 1"
PTP_MONITOR=no ptp_client 1 "logMinDelayReqInterval 1"
expect_soon 20 "ptp4l follows its master" \
	ptp_value_is ptp PORT_DATA_SET portState UNCALIBRATED
if ! lab_until 30 agree; then
	diff "$LAB_DIR/before" "$LAB_DIR/by_us"
	fail "our figures are pmc's"
fi
echo "ok: our $(wc -l <"$LAB_DIR/by_us") figures are pmc's"

# Before there is any master, too: other states, no ingress time.
ptp_stop "$ptp_client_pid"
ptp_stop "$ptp_master_1"
ptp_client_start
expect_soon 20 "without a master it listens" \
	ptp_value_is ptp PORT_DATA_SET portState LISTENING
expect_soon 10 "our figures are pmc's then as well" agree
expect "nothing of ours is left behind" test ! -e "$LAB_DIR/ours"
