#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What timed takes in steady state, on four servers at a publication each 100 ms:
# nothing is allocated, no descriptor is opened, and it is small. What it costs of a
# processor is measured, and told.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/expect.sh"
lab_enter "$@"
. "$(dirname "$0")/endurance_lab.sh"
need_chronyd

for k in 1 2 3 4; do
	lab_server $k
done
LAB_POLL=0 lab_client 1 2 3 4
lab_until 10 test -S "$LAB_DIR/client/chronyd.sock"
lab_timed_conf
LD_PRELOAD=$endurance_preload lab_timed_start
all_are_used()
{
	[ "$(lab_field '[.sources[] | select(.verdict == "used")] | length')" = 4 ]
}
expect_soon 20 "four servers are used" all_are_used
lab_judge_start all --seconds 60
sleep 2 # the answers to the questions above
endurance_watch 12
expect_contained all "true time was inside at every read"
