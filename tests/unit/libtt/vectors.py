#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A reader written from docs/segment.md alone, held to the test vectors.

vectors.py DIR: 0 when every reading and every image gives what is committed.
"""
import json
import struct
import sys

NONE = 2**63 - 1
S = 10**9


class Refused(Exception):
    pass


def signed(v):
    return v - 2**64 if v >= 2**63 else v


def decode(words):
    names = ("anchor", "lo", "hi", "lo_slope", "hi_slope", "horizon", "drift",
             "void", "epoch", "utc_err", "state_flags", "counter_leap",
             "utc_offset", "leap", "delta", "tai_err", "epoch_raw", "best",
             "best_slope", "", "tsc_anchor", "tsc_mult", "tsc_err")
    s = {name: signed(w) for name, w in zip(names, words)}
    s["epoch"] = words[8]
    s["tsc_anchor"], s["tsc_mult"] = words[20], words[21]
    s["state"], s["flags"] = words[10] & 0xffffffff, words[10] >> 32
    s["counter"], s["mode"] = words[11] & 0xffffffff, words[11] >> 32
    return s


def within(v, bits):
    return -2**bits <= v < 2**bits


def check(s):
    """What every reader checks."""
    good = (all(0 <= v < 2**60 for v in (s["void"] - s["anchor"], s["horizon"],
                                         s["utc_err"], s["tai_err"])) and
            within(s["lo"], 62) and within(s["hi"], 62) and
            within(s["anchor"], 61) and within(s["lo_slope"], 37) and
            within(s["hi_slope"], 37) and 0 <= s["drift"] < 2**37 and
            within(s["utc_offset"], 40) and s["lo"] <= s["hi"] and
            s["state"] <= 3 and s["counter"] <= 1 and s["mode"] <= 1 and
            (s["delta"] == 0 or
             s["delta"] in (S, -S) and
             (s["leap"] == NONE or within(s["leap"], 62))))
    if not good:
        raise Refused("EPROTO")


def check_more(s):
    """And before a reading of another time than now."""
    d = min(s["horizon"], s["void"] - s["anchor"])
    lo, hi = edges(s, s["anchor"] + d)
    if not (within(s["epoch_raw"], 61) and s["epoch_raw"] <= s["anchor"] and
            within(s["best"], 62) and within(s["best_slope"], 37) and
            s["tsc_mult"] < 2**56 and 0 <= s["tsc_err"] < 2**60 and
            lo <= hi):
        raise Refused("EPROTO")


def edges(s, raw):
    d = raw - s["anchor"]
    if d < 0:
        lo, hi = s["drift"] * d, -s["drift"] * d
    else:
        d1 = min(d, s["horizon"])
        d2 = d - d1
        lo = s["lo_slope"] * d1 - s["drift"] * d2
        hi = s["hi_slope"] * d1 + s["drift"] * d2
    return s["lo"] + d + lo // 2**40, s["hi"] + d - (-hi // 2**40)


def labels(s, lo, hi):
    """Least label of lo, greatest of hi."""
    old, delta, leap = s["utc_offset"], s["delta"], s["leap"]
    if delta == 0 or leap == NONE:
        return lo - old, hi - old
    if s["mode"] == 1:
        start, end = leap - delta - 43200 * S, leap + 43200 * S

        def smear(t, up):
            if t <= start:
                return t - old
            if t >= end:
                return t - old - delta
            n, m = (t - start) * 86400, 86400 + delta // S
            return start - old + (-(-n // m) if up else n // m)
        return smear(lo, False), smear(hi, True)
    if delta < 0:
        return tuple(t - old - (delta if t >= leap else 0) for t in (lo, hi))
    first = leap - delta
    least = lo - old - delta if lo >= first else min(lo, first - delta) - old
    most = hi - old if hi < leap else max(hi - delta, leap - 1) - old
    return least, most


def read(s, call, raw, view):
    check(s)
    if call == "at_raw":
        check_more(s)
    if s["state"] == 0:
        raise Refused("ENODATA")
    if call == "now":
        if raw < s["anchor"]:
            raise Refused("EPROTO")
        if raw >= s["void"]:
            raise Refused("ESTALE")
    elif raw < s["epoch_raw"] or raw >= s["void"]:
        raise Refused("ERANGE")
    lo, hi = edges(s, raw)
    if lo > hi:
        raise Refused("EPROTO")
    state = s["state"]
    if state == 1 and raw - s["anchor"] > s["horizon"]:
        state = 2
    if view == "tai":
        lo, hi, err = lo, hi, s["tai_err"]
    else:
        (lo, hi), err = labels(s, lo, hi), s["utc_err"]
    return {"earliest_ns": str(lo - err), "latest_ns": str(hi + err),
            "epoch": str(s["epoch"]), "state": state, "flags": s["flags"]}


def raw_of_ticks(s, ticks):
    """CLOCK_MONOTONIC_RAW by the CPU's counter."""
    since = signed((ticks - s["tsc_anchor"]) % 2**64)
    return s["anchor"] + (since * s["tsc_mult"] >> 48)


def outcome(*args):
    try:
        return read(*args)
    except Refused as e:
        return {"error": str(e)}


def main(path):
    with open(path + "/segment.json") as f:
        doc = json.load(f)
    count = bad = 0
    words = {}
    for v in doc["slots"]:
        words[v["name"]] = [int(w, 16) for w in v["words"]]
        s = decode(words[v["name"]])
        for r in v["readings"]:
            if "ticks" in r:
                count += 1
                raw = raw_of_ticks(s, int(r["ticks"]))
                if str(raw) != r["raw_ns"]:
                    bad += 1
                    print(v["name"], r["ticks"], raw, r["raw_ns"])
            for view in ("unix", "tai"):
                got = outcome(s, r["call"], int(r["raw_ns"]), view)
                count += 1
                if got != r[view]:
                    bad += 1
                    print(v["name"], r["call"], r["raw_ns"], view, got,
                          r[view])
    for v in doc["images"]:
        with open(path + "/" + v["file"], "rb") as f:
            image = f.read()
        w = struct.unpack("<512Q", image)
        count += 1
        if (image[:8] != b"TTCLOCK1" or w[1] != 1 << 32 | 4096 or
                w[6] != int(v["sequence"]) or
                list(w[64 + 32 * (w[6] & 1):][:32]) != words[v["slot"]]):
            bad += 1
            print(v["file"], "is not as described")
    print(f"{count} checks, {bad} failed")
    return bad > 0


sys.exit(main(sys.argv[1]))
