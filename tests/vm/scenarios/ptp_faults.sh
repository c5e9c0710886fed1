#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# What can happen to ptp4l and its grandmaster, one after the other, under timed:
# true time stays inside at every probe.
# clock: virtual
# limit: 300
. /lab/lab.sh

ptp_hardware
grandmaster
ptp_client
timed_start "$ptp_alone" 'ptp = { socket = "/run/client"; device = "lab0b"; };'
expect_soon 60 "timed is synchronised" is_synchronized
sleep 60

judge_start lost
stop gm KILL
expect_soon 30 "the grandmaster gone, it holds over" state_is HOLDOVER
sleep 300
status | cat
judge_end lost "true time is inside for five minutes of it"
judge_start back
grandmaster
expect_soon 60 "the grandmaster back, it synchronises" is_synchronized
sleep 60
judge_end back "true time is inside"

# Its reference lost, the grandmaster says so, and runs off by 50 ppb; then it
# steps back.
judge_start class7
set_grandmaster 7 0x20
knob lab0a/phc/rate_ppb 50
sleep 300
say "the grandmaster is off by $(knob lab0a/phc/error_ns) ns"
status | cat
judge_end class7 "true time is inside while the grandmaster holds over"
judge_start class6
knob lab0a/phc/rate_ppb 0
knob lab0a/phc/step_ns $((-$(knob lab0a/phc/error_ns)))
set_grandmaster 6 0x20
sleep 120
judge_end class6 "and when it is locked again and steps back"
expect_soon 60 "which ends synchronised" is_synchronized

judge_start client
stop client KILL
sleep 30
ptp_client
expect_soon 60 "ptp4l back, it synchronises" is_synchronized
sleep 30
judge_end client "true time is inside while ptp4l is killed and comes back"

judge_start stepped
knob lab0b/phc/step_ns 50000
sleep 60
judge_end stepped "true time is inside when somebody steps the NIC's clock"
judge_start reset
knob lab0b/phc/reset 1
sleep 60
judge_end reset "and when the NIC resets it to 1970"
expect_soon 120 "which ends synchronised" is_synchronized

judge_start withheld
knob lab0b/tx_withheld_pm 200
knob lab0b/loss_pm 200
knob lab0a/loss_pm 200
sleep 120
judge_end withheld "true time is inside with stamps and frames lost"
knob lab0b/tx_withheld_pm 0
knob lab0b/loss_pm 0
knob lab0a/loss_pm 0
expect_soon 120 "which ends synchronised" is_synchronized

judge_start asymmetric
knob lab0a/delay_ns 100000
sleep 60
judge_end asymmetric "true time is inside when one way takes 100 us"
knob lab0a/delay_ns 800

judge_start class248
set_grandmaster 248 0xfe
expect_soon 60 "a grandmaster that knows no time is left" state_is HOLDOVER
sleep 30
status | cat
judge_end class248 "true time is inside"
