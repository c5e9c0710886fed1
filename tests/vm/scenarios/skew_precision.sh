#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# tt-skew precision by hardware stamps: two NICs' clocks that differ by what is
# known here. Every interval contains it; the estimate is within the path's jitter
# of it, and off by half the asymmetry where the path has one.
# clock: virtual
# limit: 200
. /lab/lab.sh

# every KIND LEAST MOST: each edge of the last run, by hardware stamps: a hard
# one's interval contains [LEAST, MOST], an estimate lies in it.
every()
{
	awk -F, -v kind="$1" -v least="$2" -v most="$3" '
		$10 != kind { next }
		{ n++ }
		$8 != "hardware" { bad = 1 }
		kind == "hard" && ($3 - $4 > least || $3 + $4 < most) { bad = 1 }
		kind != "hard" && ($3 < least || $3 > most) { bad = 1 }
		END { exit bad || n < 5 }' /tmp/edges.csv
}

probe()
{
	tt-skew precision --hardware --name b --count 6 --rate 100 \
		--format csv "$@" a=10.0.0.1 >/tmp/edges.csv 2>/tmp/probe.log ||
		fail "tt-skew precision"
	cat /tmp/edges.csv /tmp/probe.log
}

hardware
for end in lab0a lab0b; do
	knob $end/delay_ns 2000
	knob $end/jitter_ns 20
	knob $end/phc/quantum_ns 8
done
knob lab0b/phc/step_ns 5000
start net unshare --net sleep 1000000
sleep 0.2
ip link set lab0a netns "$pid_net"
at_server ip addr add 10.0.0.1/24 dev lab0a
at_server ip link set lab0a up
ip addr add 10.0.0.2/24 dev lab0b
ip link set lab0b up
at_server hwstamp_ctl -i lab0a -t 1 -r 1 >/tmp/hwstamp.log
hwstamp_ctl -i lab0b -t 1 -r 1 >>/tmp/hwstamp.log
start serve nsenter --target "$pid_net" --net \
	tt-skew precision --serve --hardware --name a --bind 10.0.0.1
sleep 1

probe
expect "what they differ by is in each interval" every hard -5000 -5000
expect "and each estimate within the path's jitter" every estimate -5020 -4980
knob lab0a/delay_ns 6000
probe
expect "a way that is 4 us longer: it is in each interval yet" \
	every hard -5000 -5000
expect "estimates are off by half of that, unseen, as documented" \
	every estimate -7020 -6980
