#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# Figures, not claims: how well CLOCK_REALTIME is kept by phc2sys, by chronyd and
# by timed, each alone on the same NIC's clock, which keeps true time, and on the
# same counter. Run by hand: tests/vm/run.sh steer_rivals.
# clock: virtual
# limit: 600
. /lab/lab.sh

# figures NAME: it has ten minutes to settle.
figures()
{
	sleep 600
	echo "$1: $(clock_judge 600)"
}

compare()
{
	start phc2sys phc2sys -s lab0b -O -37 -S 0.1 -m
	figures "phc2sys, as it is"
	stop phc2sys

	start phc2sys phc2sys -s lab0b -O -37 -R 10 -N 10 -m
	figures "phc2sys, 10 updates a second of 10 readings"
	stop phc2sys

	start chronyd chronyd -d -u root -f /tmp/chronyd.conf
	figures "chronyd"
	stop chronyd

	timed_start 'chrony = { enable = false; };' 'discipline = "steer";' \
		'phc = { device = "lab0b"; scale = "tai"; error_bound = "100ns"; };'
	figures "timed"
	stop timed
}

hardware
knob lab0b/phc/quantum_ns 8
knob lab0b/phc/window_ns 1000
mkdir -m 0700 /run/chrony
cat >/tmp/chronyd.conf <<-CONF
	refclock PHC $(phc_of lab0b) poll 0 dpoll -3 offset -37
	cmdport 0
	makestep 0.1 3
	pidfile /run/chrony/pid
CONF
knob counter/rate_ppb 20000
knob counter/swing_ppb 300
knob counter/wander_ppb_s 1
knob counter/jitter_ppb 5
echo "A counter as in a machine room (1 ppb/s):"
compare
wandering_counter
echo "A counter at the limits of A2 (19 ppb/s):"
compare
