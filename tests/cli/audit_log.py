#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""audit_log.py CASE FILE: a history log of a made-up world, for tt-audit.

True time is TAI = raw + X exactly, each interval [true - H, true + H] with H = 10 us,
a line every 10 s. CASE says what is done to it; "good" is nothing."""
import hashlib
import json
import sys

S = 10**9
TAI = 1795000037 * S  # at raw 100 s
RAW = 100 * S
H = 10_000
BOOT = "0123456789abcdef0123456789abcdef"


class Log:
    """Lines, chained as timed does."""

    def __init__(self):
        self.lines, self.seq, self.prev, self.violations = [], 0, None, 0

    def raw_line(self, text):
        self.lines.append(text)
        self.prev = hashlib.sha256(text.encode()).hexdigest()

    def put(self, kind, **what):
        self.raw_line(json.dumps({"seq": self.seq, "prev": self.prev,
                                  "kind": kind, **what},
                                 separators=(",", ":")))
        self.seq += 1

    def basis(self, t, pid=1, boot=BOOT, started=0, interval="10s"):
        self.put("basis", raw_ns=RAW + t * S, unix_ns=TAI - 37 * S + t * S,
                 log_version=1, host="here",
                 process={"boot_id": boot, "version": "0.1.0", "pid": pid,
                          "started_raw_ns": started * S},
                 config={"history.log_interval": interval})

    def bound(self, t, off=0, half=H, epoch=7, state="SYNCHRONIZED", raw=None,
              most=None, events=(), void=3600, **more):
        raw = RAW + t * S if raw is None else raw
        true = TAI + t * S + off
        has = state != "UNSYNCHRONIZED"

        def if_has(v):
            return v if has else None
        clock = {"state": state, "epoch": epoch}
        for scale, ns in ("tai", true), ("unix", true - 37 * S):
            clock["earliest_%s_ns" % scale] = if_has(ns - half)
            clock["latest_%s_ns" % scale] = if_has(ns + half)
            clock["best_%s_ns" % scale] = if_has(ns)
        clock["half_width_ns"] = if_has(half)
        clock["tai_error_ns"] = clock["utc_error_ns"] = if_has(0)
        clock.update(more)
        self.put("bound", raw_ns=raw, unix_ns=true - 37 * S,
                 drift_ppb=if_has(50000), void_raw_ns=if_has(raw + void * S),
                 half_width_max_ns=if_has(most or half), clock=clock,
                 bound_violations=self.violations,
                 events=[{"kind": k, "raw_ns": raw, "text": text}
                         for k, text in events])

    def text(self):
        return "".join(line + "\n" for line in self.lines)


def good(log):
    log.basis(0)
    log.bound(0, state="UNSYNCHRONIZED")
    log.bound(10, events=[("state", "SYNCHRONIZED (was UNSYNCHRONIZED)")])
    for t in range(20, 110, 10):
        # 100 us of half-width for a tenth of the time
        log.bound(t, half=100_000 if t == 50 else H)
    log.put("end", raw_ns=RAW + 105 * S, unix_ns=TAI - 37 * S + 105 * S)


def apart(log):
    """By A1 an edge moves by 500 us in 10 s, and the edges are 20 us each: 519,999
    ns later they still meet, 520,003 do not (2 ns are allowed for rounding)."""
    log.basis(0)
    log.bound(0)
    log.bound(10, off=520_003)


def just_met(log):
    log.basis(0)
    log.bound(0)
    log.bound(10, off=519_999)


def back(log):
    """earliest: 9.9998 s later, and 10 s further left."""
    log.basis(0)
    log.bound(0)
    log.bound(0, raw=RAW + 1000, half=H + 1001)


def new_epoch(log):
    """What was is not held against what is."""
    log.basis(0)
    log.bound(0)
    log.violations = 1
    log.bound(10, off=5 * S, epoch=8, events=[
        ("violation", "sources contradict"), ("epoch", "new epoch: why")])


def counter_back(log):
    log.basis(0)
    log.bound(10)
    log.bound(20, raw=RAW)


def restart(log):
    """Killed; 30 s later it is there again, with what it had published."""
    log.basis(0)
    log.bound(0)
    log.bound(10)
    log.basis(40, pid=2, started=140)
    log.bound(40, state="HOLDOVER", half=1_510_000)
    log.bound(50)


def reboot(log):
    log.basis(0)
    log.bound(0)
    log.put("end", raw_ns=RAW + S, unix_ns=TAI - 36 * S)
    log.basis(100, pid=2, boot=BOOT[::-1])
    log.bound(100, raw=5 * S)
    log.bound(110, raw=15 * S)


def boot_before(log):
    """After the boot true time is an hour earlier."""
    log.basis(0)
    log.bound(0)
    log.basis(0, pid=2, boot=BOOT[::-1])
    log.bound(-3600, raw=5 * S)


def lost(log):
    log.basis(0)
    log.bound(0)
    log.put("lost", lines=3)
    log.bound(40)


def torn(log):
    log.basis(0)
    log.bound(0)
    whole = log.prev
    log.raw_line('{"seq":2,"prev":"0012')
    log.put("torn", pieces=1, bytes=21, whole=whole)
    log.basis(20, pid=2, started=120)
    log.bound(20)


def torn_before(log):
    """As one was told of by a timed that did not say what was before it."""
    log.basis(0)
    log.bound(0)
    log.raw_line('{"seq":2,"prev":"0012')
    log.put("torn", pieces=1, bytes=21)
    log.basis(20, pid=2, started=120)
    log.bound(20)


def torn_lie(log):
    """It tells of more than is there."""
    log.basis(0)
    log.bound(0)
    log.put("torn", pieces=1, bytes=21)


def silence(log):
    """Three intervals and five seconds are allowed for."""
    log.basis(0)
    log.bound(0)
    log.bound(36)


def void(log):
    log.basis(0)
    log.bound(0, void=20)
    log.basis(100, pid=2, started=200)
    log.bound(100, epoch=9)


def wrong_clock(log):
    """Another boot, whose clock runs an hour and 75 s late until timed knows better:
    its labels are those of before it, and beyond where this one's lines end."""
    log.basis(0)
    for t in range(0, 110, 10):
        log.bound(t)
    log.basis(25, pid=2, boot=BOOT[::-1])
    for t in range(25, 65, 10):
        log.bound(t, raw=t * S, state="UNSYNCHRONIZED")
    log.bound(3700, raw=65 * S)
    log.bound(3710, raw=75 * S)


def escapes(log):
    """What a terminal would obey, and a line that the log does not have."""
    log.basis(0)
    log.bound(0, events=[
        ("sta\x1b[2Jte", "a\x1b]0;title\x07b\nCONSISTENT\x7f\x9b1mc \u00e9")])


def leap(log):
    """A leap second between two lines, stepped."""
    log.basis(0)
    log.bound(0)
    log.bound(10)
    line = json.loads(log.lines.pop())
    for key in ("earliest_unix_ns", "latest_unix_ns", "best_unix_ns"):
        line["clock"][key] -= S
    line["unix_ns"] -= S
    log.raw_line(json.dumps(line))


def crossed(log):
    log.basis(0)
    log.bound(0, half=-5, most=5, half_width_ns=5)


CASES = {f.__name__.replace("_", "-"): f for f in (
    good, apart, just_met, back, new_epoch, counter_back, restart, reboot,
    boot_before, lost, torn, torn_before, torn_lie,
    silence, void, wrong_clock, escapes, leap, crossed)}


def main(case, path):
    log = Log()
    CASES[case](log)
    with open(path, "w", encoding="ascii") as out:
        out.write(log.text())


if __name__ == "__main__":
    main(*sys.argv[1:])
