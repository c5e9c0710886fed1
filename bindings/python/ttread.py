#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What every binding has for its tests; the same words in each language.

ttread.py vectors          lines of ../vectors.jq on standard input: 0 if all
                           come out as they say
ttread.py live PATH N      N readings of a segment, some ms apart, a line each:
                           RAW EARLIEST LATEST EPOCH STATE FLAGS, or ERROR
ttread.py spin PATH N      the same without a pause
"""
import errno
import sys
import time

import truetime


def outcome(view, call, raw, slot):
    try:
        i = truetime.evaluate(slot, raw, call == "now", view == "tai")
    except truetime.Error as e:
        return errno.errorcode[e.errno]
    return f"{i.earliest_ns} {i.latest_ns} {i.epoch} {i.state} {i.flags}"


def vectors():
    count = bad = 0
    for line in sys.stdin:
        question, expected = line.strip().split(" = ")
        view, call, number, *words = question.split()
        slot = truetime.Slot([int(w, 16) for w in words])
        if view == "ticks":
            got = str(slot.raw_of_ticks(int(number)))
        else:
            got = outcome(view, call, int(number), slot)
        count += 1
        if got != expected:
            bad += 1
            print(view, call, number, "gives", got, "not", expected)
    print(f"{count} checks, {bad} failed")
    return bad > 0 or count == 0


def live(path, count, pause_s):
    clock = truetime.Clock(path)
    for _ in range(count):
        try:
            i = clock.now()
            print(i.raw_ns, *i[:3], i.state, i.flags)
        except truetime.Error as e:
            print(errno.errorcode[e.errno])
        time.sleep(pause_s)
    return 0


if len(sys.argv) == 2 and sys.argv[1] == "vectors":
    sys.exit(vectors())
if len(sys.argv) == 4 and sys.argv[1] in ("live", "spin"):
    sys.exit(live(sys.argv[2], int(sys.argv[3]),
                  0.003 if sys.argv[1] == "live" else 0))
sys.exit(__doc__)
