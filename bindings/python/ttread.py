#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What every binding has for its tests; the same words in each language.

ttread.py vectors          lines of ../vectors.jq on standard input: 0 if all
                           come out as they say
ttread.py live PATH N      N readings of a segment, some ms apart, a line each:
                           RAW EARLIEST LATEST EPOCH STATE FLAGS, or ERROR
ttread.py spin PATH N      the same without a pause
ttread.py commit PATH      commit timestamps and waits, at the ends of the range
                           too: a word for each
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


def error_of(call, *args):
    try:
        return str(call(*args))
    except truetime.Error as e:
        return errno.errorcode[e.errno]


def commit(path):
    clock = truetime.Clock(path)
    most = 2**63 - 1
    clock.wait_after(-2**63, 0)
    a, b = clock.commit_timestamp(-2**63), clock.commit_timestamp(-2**63)
    clock.wait_after(b, 10)
    print("past", "rising" if a < b else "falling",
          "waited" if clock.after(b) else "early",
          error_of(clock.wait_after, most, 0),
          error_of(clock.commit_timestamp, most),
          error_of(clock.commit_timestamp, 0))
    return 0


if len(sys.argv) == 2 and sys.argv[1] == "vectors":
    sys.exit(vectors())
if len(sys.argv) == 4 and sys.argv[1] in ("live", "spin"):
    sys.exit(live(sys.argv[2], int(sys.argv[3]),
                  0.003 if sys.argv[1] == "live" else 0))
if len(sys.argv) == 3 and sys.argv[1] == "commit":
    sys.exit(commit(sys.argv[2]))
sys.exit(__doc__)
