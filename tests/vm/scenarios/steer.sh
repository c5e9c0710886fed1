#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# timed steers CLOCK_REALTIME from ptp4l, in this guest and nowhere else: it is
# brought to the best estimate, with the kernel's own words true; a second
# steerer is noticed, named and left alone; without the right to steer timed does
# not start. The interval contains true time throughout.
# clock: virtual
# limit: 400
. /lab/lab.sh

steering_is()
{
	[ "$(field .steering.state)" = "$1" ]
}

# offset_within NS: CLOCK_REALTIME from the best estimate.
offset_within()
{
	offset=$(field .system_clock.offset_ns)
	[ "${offset#-}" -le "$1" ]
}

stays_within() # NS SECONDS
{
	for _ in $(seq "$2"); do
		sleep 1
		offset_within "$1" || return 1
	done
}

ptp_hardware
grandmaster
ptp_client

# The default: nothing is set.
timed_start "$ptp_alone" 'ptp = { socket = "/run/client"; device = "lab0b"; };'
expect_soon 60 "timed is synchronised" is_synchronized
sleep 3
expect "by default nothing is steered" steering_is observe
expect "and the kernel was told nothing" \
	test "$(field .system_clock.kernel_synchronized)" = false
stop timed

# Without the right.
mkdir -p /run/timed
echo 'discipline = "steer";' >/tmp/denied.conf
unshare --user timed -f /tmp/denied.conf >/tmp/denied.log 2>&1
expect "without CAP_SYS_TIME timed does not start" test $? = 1
expect "and says why" grep -q "may not steer.*not permitted" /tmp/denied.log

# The kernel's clock runs on the counter, and is 20 ppm off true time.
timed_start "$ptp_alone" 'discipline = "steer";' \
	'ptp = { socket = "/run/client"; device = "lab0b"; };'
expect_soon 60 "timed steers" steering_is steering
judge_start steering --rate 3
expect_soon 120 "CLOCK_REALTIME comes to the best estimate" offset_within 2000
sleep 10
expect "and stays there" stays_within 2000 10
status | cat
field .steering | cat
expect "it is inside the interval" \
	test "$(field .system_clock.within_bound)" = true
expect "the kernel is synchronised" \
	test "$(field .system_clock.kernel_synchronized)" = true
expect "it knows TAI" test "$(field .system_clock.kernel_tai_offset_s)" = 37
expect "it was not stepped" test "$(field .steering.steps)" = 0
expect "nobody was suspected" test "$(field .steering.yields)" = 0

# Another servo.
start phc2sys phc2sys -s lab0b -O -37 -m
expect_soon 10 "phc2sys is noticed" steering_is yielded
expect "and named" test "$(field .steering.others | cut -d' ' -f1)" = phc2sys
expect "and told" grep -q "somebody else steers the system clock" /tmp/timed.log
orders=$(field .steering.orders)
sleep 30
expect "it is never fought" test "$(field .steering.orders)" = "$orders"
stop phc2sys
sleep 60
expect "nor taken for gone too soon" steering_is yielded
expect_soon 10 "when it is gone timed goes on" steering_is steering
expect_soon 60 "and keeps the clock" offset_within 2000

# No source: the line goes on. And a hand.
stop gm
expect_soon 30 "without a source it holds" steering_is holding
sleep 10
expect "along the last line" offset_within 5000
adjtimex -f 2000000 >/dev/null
expect_soon 3 "an adjtimex by hand is noticed" steering_is yielded
judge_end steering "true time is inside all the while"

# By order: what slewing would take an hour and a half for.
stop timed
grandmaster
timed_start "$ptp_alone" 'discipline = "steer";' \
	'ptp = { socket = "/run/client"; device = "lab0b"; };'
expect_soon 60 "started anew, timed steers" steering_is steering
expect_soon 120 "to the best estimate" offset_within 2000
date -s "@$(($(date +%s) + 3))" >/dev/null
expect_soon 10 "a clock that was set by hand is noticed" steering_is yielded
tt-ctl step >/tmp/step.log 2>&1
expect "a step is refused meanwhile" test $? = 1
expect_soon 90 "timed goes on" steering_is steering
expect "and slews" test "$(field .steering.steps)" = 0
expect "tt-ctl steps it" tt-ctl step
expect_soon 10 "and it is where it should be" offset_within 2000
expect "by one step" test "$(field .steering.steps)" = 1
expect "which the log tells, with who asked" grep -q "step.*root" /tmp/timed.log
