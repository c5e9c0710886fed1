#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# The same in real time, where the host's load makes the guest's every read of a
# clock late at times: the interval contains true time at every probe.
# clock: real
# limit: 180
. /lab/lab.sh

ptp_hardware
grandmaster
ptp_client
timed_start "$ptp_alone" 'ptp = { socket = "/run/client"; device = "lab0b"; };'
expect_soon 60 "timed is synchronised" is_synchronized
judged real 30 "true time is inside" 50
status | cat
