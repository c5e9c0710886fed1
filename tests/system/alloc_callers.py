#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Who has allocated meanwhile: alloc_callers.py BEFORE AFTER PID.

BEFORE and AFTER are copies of what libcount_alloc.so counted (struct account); PID is
the program, which still runs. A line each: how often, and the place in which file.
"""
import struct
import sys

HEAD = struct.Struct("<4Q")
CALLER = struct.Struct("<2Q")


def callers(path):
    with open(path, "rb") as f:
        data = f.read()
    n = HEAD.unpack_from(data)[3]
    pairs = CALLER.iter_unpack(data[HEAD.size:HEAD.size + n * CALLER.size])
    return {at: count for at, count in pairs if at}


def place(at, maps):
    for line in maps:
        span, _, offset, _, _, *path = line.split(maxsplit=5)
        low, high = (int(x, 16) for x in span.split("-"))
        if low <= at < high:
            name = path[0].strip().rsplit("/", 1)[-1] if path else "?"
            return f"{name}+0x{at - low + int(offset, 16):x}"
    return "?"


before, after = callers(sys.argv[1]), callers(sys.argv[2])
with open(f"/proc/{sys.argv[3]}/maps", encoding="utf-8") as f:
    MAPS = f.readlines()
for at in sorted(after, key=lambda at: before.get(at, 0) - after[at]):
    more = after[at] - before.get(at, 0)
    if more:
        print(f"{more} by {place(at, MAPS)}")
